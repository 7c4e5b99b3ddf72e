// A small load generator: connections that are kept, one request at a time on each.
import { Agent, request } from 'node:http';

export interface HttpRequest {
  readonly url: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

export class HttpLoad {
  readonly #agent: Agent;

  constructor(private readonly connections: number) {
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  /** Sends it `count` times. @throws when an answer is not the wanted one: an error is quickly given. */
  async repeat(what: HttpRequest, count: number, isWanted: (answer: HttpAnswer) => boolean): Promise<void> {
    let left = count;
    const lane = async (): Promise<void> => {
      for (; left > 0;) {
        left -= 1;
        const answer = await this.send(what);
        if (!isWanted(answer)) throw new Error(`${what.url} answered ${answer.status}: ${answer.body}`);
      }
    };
    await Promise.all(Array.from({ length: this.connections }, lane));
  }

  send({ url, method = 'GET', headers = {}, body }: HttpRequest): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      const outgoing = request(
        url,
        {
          method,
          agent: this.#agent,
          headers: {
            ...(body === undefined
              ? {}
              : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }),
            ...headers,
          },
        },
        (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
          incoming.on('error', reject);
          incoming.on('end', () =>
            resolve({ status: incoming.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }),
          );
        },
      );
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
