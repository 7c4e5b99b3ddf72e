// The service's API as a logged-in person uses it.
import { Refusal } from '../cli-error.js';
import type { Session } from '../session/session.js';
import { exchange, exchangeStream, type HttpRequest } from './http.js';
import { asObject, type JsonObject, requireList } from './json.js';

export type Query = Readonly<Record<string, string | number | undefined>>;

export interface Page {
  readonly items: readonly JsonObject[];
  /** Continues the list as `--after`; null at its end. */
  readonly next: string | null;
}

/** The most items the service gives at a time. */
const PAGE_SIZE = 200;

export class Api {
  constructor(
    private readonly server: string,
    private readonly session: Session,
  ) {}

  async get(path: string, query: Query = {}): Promise<JsonObject> {
    return asObject(await this.send('GET', path + queryText(query)), path);
  }

  /** Undefined when the service answers without a body. */
  send(
    method: HttpRequest['method'],
    path: string,
    body?: unknown,
    limits: Pick<HttpRequest, 'patienceMs'> = {},
  ): Promise<unknown> {
    return this.#authorized((headers) => exchange(this.server, { method, path, body, headers, ...limits }));
  }

  /** An answer of any length, piece by piece. */
  stream(path: string, query: Query = {}): Promise<AsyncIterable<Uint8Array>> {
    return this.#authorized((headers) =>
      exchangeStream(this.server, { method: 'GET', path: path + queryText(query), headers }),
    );
  }

  /** The first `limit` items of a list, over as many pages as they take. */
  async list(path: string, query: Query, limit: number, after?: string): Promise<Page> {
    const items: JsonObject[] = [];
    let next: string | null = after ?? null;
    do {
      const page = await this.get(path, {
        ...query,
        limit: Math.min(PAGE_SIZE, limit - items.length),
        after: next ?? undefined,
      });
      const found = requireList(page, 'items');
      items.push(...found);
      next = typeof page['next'] === 'string' && found.length > 0 ? page['next'] : null;
    } while (next !== null && items.length < limit);
    return { items, next };
  }

  async #authorized<T>(call: (headers: Record<string, string>) => Promise<T>): Promise<T> {
    const token = await this.session.accessToken();
    try {
      return await call({ authorization: `Bearer ${token}` });
    } catch (error) {
      if (!(error instanceof Refusal) || error.problem.status !== 401) throw error;
      // It expired on the way, or this machine's clock was set meanwhile.
      return call({ authorization: `Bearer ${await this.session.renew(token)}` });
    }
  }
}

/** A path below the API, its values encoded: apiPath`identities/${id}`. */
export function apiPath(parts: TemplateStringsArray, ...values: readonly string[]): string {
  return `/api/v1/${String.raw({ raw: parts }, ...values.map(encodeURIComponent))}`;
}

function queryText(query: Query): string {
  const given = Object.entries(query).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, String(value)]],
  );
  return given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`;
}
