// A service that answers what a spec tells it to, where the real one would have to be broken first.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface AskedRequest {
  /** Such as `POST /api/v1/auth/login`, the query included. */
  readonly route: string;
  readonly authorization: string | undefined;
  readonly body: unknown;
}

/** An object is answered as JSON with 200; a function answers itself. */
export type Script = Readonly<
  Record<string, object | ((response: ServerResponse, asked: AskedRequest) => void)>
>;

export interface ScriptedService {
  readonly url: string;
  readonly asked: readonly AskedRequest[];
  close(): Promise<void>;
}

export async function startScriptedService(script: Script): Promise<ScriptedService> {
  const asked: AskedRequest[] = [];
  const carryOut = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const one = {
      route: `${request.method} ${request.url}`,
      authorization: request.headers.authorization,
      body: await bodyOf(request),
    };
    asked.push(one);
    const answer = script[one.route];
    if (typeof answer === 'function') answer(response, one);
    else if (answer === undefined) answerProblem(response, { title: 'Not scripted', status: 404 });
    else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  };
  const server = createServer((request, response) => void carryOut(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export function answerProblem(
  response: ServerResponse,
  problem: { readonly title: string; readonly status: number; readonly detail?: string },
  headers: Record<string, string> = {},
): void {
  response
    .writeHead(problem.status, { 'content-type': 'application/problem+json', ...headers })
    .end(JSON.stringify(problem));
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += String(chunk);
  return text === '' ? undefined : JSON.parse(text);
}
