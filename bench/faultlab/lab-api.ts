// Speaks to whichever node answers, as a patient client does: what got no answer is sent again, under the same
// request id, until there is one.
import { setTimeout as delay } from 'node:timers/promises';
import { LOGIN, PASSWORD } from '../harness/provost.js';
import type { Chance } from './chance.js';
import type { Fleet } from './fleet.js';

export interface LabRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface LabAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

const PAUSE_MS = 100;

export class LabApi {
  /** Requests that had to be sent again. */
  repeats = 0;
  #token: Promise<string> | undefined;

  constructor(
    private readonly fleet: Fleet,
    private readonly chance: Chance,
    private readonly signal: AbortSignal,
  ) {}

  /** Any answer but "later" and "not logged in". @throws when the signal ends it, or when the request was wrong */
  async send(request: LabRequest, accepted: readonly number[] = []): Promise<LabAnswer> {
    for (;;) {
      const answer = await this.#trySend(request);
      const { status } = answer;
      if ((status >= 200 && status < 300) || accepted.includes(status)) return answer;
      if (status === 401) this.#token = undefined;
      else if (status >= 400 && status < 500 && status !== 429) throw refused(request, answer);
      this.repeats += 1;
      await delay(PAUSE_MS, undefined, { signal: this.signal });
    }
  }

  async #trySend(request: LabRequest): Promise<LabAnswer> {
    try {
      return await this.#sendOnce(request, { authorization: `Bearer ${await this.#login()}` });
    } catch (error) {
      if (this.signal.aborted) throw error;
      // The node died, or there is none: nobody knows whether it was done.
      return { status: 0, body: {} };
    }
  }

  #login(): Promise<string> {
    this.#token ??= this.#newToken().catch((error: unknown) => {
      this.#token = undefined;
      throw error;
    });
    return this.#token;
  }

  async #newToken(): Promise<string> {
    const body = { login: LOGIN, password: PASSWORD };
    const answer = await this.#sendOnce({ method: 'POST', path: '/api/v1/auth/login', body }, {});
    if (answer.status >= 300) throw new Error(`The login was answered ${answer.status}.`);
    return String(answer.body['accessToken']);
  }

  async #sendOnce(
    { method, path, body, headers }: LabRequest,
    credentials: Readonly<Record<string, string>>,
  ): Promise<LabAnswer> {
    const url = this.chance.pick(this.fleet.serving)?.url;
    if (url === undefined) throw new Error('No node answers.');
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
        ...credentials,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: this.signal,
    });
    const text = await response.text();
    return {
      status: response.status,
      body: text === '' ? {} : (JSON.parse(text) as Readonly<Record<string, unknown>>),
    };
  }
}

function refused({ method, path }: LabRequest, { status, body }: LabAnswer): Error {
  return new Error(`${method} ${path} was answered ${status}: ${JSON.stringify(body)}`);
}
