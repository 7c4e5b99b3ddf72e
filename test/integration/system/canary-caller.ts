// Calls the API and keeps every answer; what an answer hands out becomes a secret to look for.
import type { Canaries } from './canaries.js';

export interface KeptAnswer {
  readonly method: string;
  readonly path: string;
  readonly place: string;
  /** Status, headers and body. */
  readonly text: string;
  readonly status: number;
  /** The secrets that this answer was asked for. */
  readonly allowed: ReadonlySet<string>;
}

export interface CallOptions {
  readonly token?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object goes as JSON; text and bytes as they are. */
  readonly body?: unknown;
  readonly contentType?: string | undefined;
}

/** Tokens are handed out by these fields of an answer. */
const HANDED_OUT = /^(accessToken|refreshToken|key)$/;

export class CanaryCaller {
  readonly answers: KeptAnswer[] = [];
  readonly #handedOut = new Map<string, string>();

  constructor(
    private readonly url: string,
    private readonly canaries: Canaries,
  ) {}

  async call(
    method: string,
    path: string,
    options: CallOptions = {},
  ): Promise<{ status: number; body: Record<string, unknown> }> {
    const { token, headers, body } = options;
    const isRaw = typeof body === 'string' || body instanceof Uint8Array;
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': options.contentType ?? 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: isRaw ? body : JSON.stringify(body) }),
    });
    const text = Buffer.from(await response.arrayBuffer()).toString('latin1');
    const isJson = /\bjson\b/.test(response.headers.get('content-type') ?? '');
    const parsed = isJson && text !== '' ? (JSON.parse(text) as Record<string, unknown>) : {};
    const place = `${method} ${path} (${this.answers.length + 1})`;
    const head = [...response.headers].map(([name, value]) => `${name}: ${value}`).join('\n');
    this.answers.push({
      method,
      path,
      place,
      text: `${response.status}\n${head}\n\n${text}`,
      status: response.status,
      allowed: this.#learn(place, parsed),
    });
    return { status: response.status, body: parsed };
  }

  #learn(place: string, body: Record<string, unknown>): Set<string> {
    const allowed = new Set<string>();
    for (const [field, value] of Object.entries(body)) {
      if (!HANDED_OUT.test(field) || typeof value !== 'string') continue;
      const known = this.#handedOut.get(value);
      const name = known ?? `${field} of ${place}`;
      if (known === undefined) {
        this.canaries.add(name, value);
        this.#handedOut.set(value, name);
      }
      allowed.add(name);
    }
    return allowed;
  }
}
