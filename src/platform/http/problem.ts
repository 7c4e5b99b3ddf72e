// Errors as people and programs see them: RFC 9457 problem details that say what, where and what to do.

/** One faulty place of a request; `pointer` is a JSON pointer into the body (RFC 6901), `query/<name>`, `path/<name>` or `header/<name>`. */
export interface ProblemField {
  readonly pointer: string;
  readonly detail: string;
}

interface ProblemInit {
  readonly type: string;
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly errors?: readonly ProblemField[] | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly cause?: unknown;
}

/** A refusal the caller can understand; thrown by services, answered by `ProblemFilter`. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly type: string;
  readonly status: number;
  readonly title: string;
  readonly errors: readonly ProblemField[] | undefined;
  readonly headers: Readonly<Record<string, string>> | undefined;

  constructor(init: ProblemInit) {
    super(init.detail, { cause: init.cause });
    this.type = init.type;
    this.status = init.status;
    this.title = init.title;
    this.errors = init.errors;
    this.headers = init.headers;
  }
}

export function isProblem(error: unknown): error is Problem {
  return error instanceof Problem;
}

/** One kind of refusal, as its module declares it. */
interface ProblemKind {
  readonly status: number;
  readonly title: string;
  /** What to do about it, in a sentence. */
  readonly remedy: string;
}

export interface DeclaredProblem extends ProblemKind {
  readonly type: string;
}

type ProblemMaker = (
  detail: string,
  extra?: { errors?: readonly ProblemField[]; headers?: Record<string, string>; cause?: unknown },
) => Problem;

const declared = new Map<string, DeclaredProblem>();

/** Every kind of problem that the loaded modules declare, module by module. */
export function declaredProblems(): readonly DeclaredProblem[] {
  return [...declared.values()];
}

/** A module's problems as a table: `{ notFound: { status: 404, title, remedy } }` gives `table.notFound(detail)`. */
export function problemTable<const Table extends Record<string, ProblemKind>>(
  module: string,
  table: Table,
): { readonly [Kind in keyof Table]: ProblemMaker } {
  const entries = Object.entries(table).map(([kind, { status, title, remedy }]): [string, ProblemMaker] => {
    const type = `/problems/${module}/${kind.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    declared.set(type, { type, status, title, remedy });
    return [kind, (detail, extra) => new Problem({ type, status, title, detail, ...extra })];
  });
  return Object.fromEntries(entries) as { readonly [Kind in keyof Table]: ProblemMaker };
}

/** The problems that any route can answer. */
export const problem = problemTable('http', {
  invalidRequest: {
    status: 400,
    title: 'The request is not valid',
    remedy:
      'Correct each place in `errors`; a pointer such as `/surname` is in the body, `query/limit` in the query.',
  },
  requestFailed: {
    status: 400,
    title: 'The request was refused',
    remedy: 'The request is not HTTP or JSON as it should be; `detail` says where.',
  },
  unauthenticated: {
    status: 401,
    title: 'Log in first',
    remedy: 'Send a valid access token; refresh it when it has expired, or log in again.',
  },
  forbidden: {
    status: 403,
    title: 'Not allowed',
    remedy: '`detail` names the permission; an administrator can give a role that has it.',
  },
  notFound: {
    status: 404,
    title: 'Not found',
    remedy: 'There is no such route; `/docs` has all of them.',
  },
  methodNotAllowed: {
    status: 405,
    title: 'Not with this method',
    remedy: 'Use one of the methods in `Allow`; `/docs` says what each does.',
  },
  requestTimeout: {
    status: 408,
    title: 'The request came too slowly',
    remedy: 'Send headers within 10 seconds and the whole request within 30.',
  },
  idempotencyRequestRunning: {
    status: 409,
    title: 'The first request with this key is still running',
    remedy: 'Repeat the request after `Retry-After`, with the same key.',
  },
  idempotencyAnswerLost: {
    status: 409,
    title: 'The request was carried out, its answer is lost',
    remedy: 'Look for what it was to make or change. It is not carried out again under this key.',
  },
  preconditionFailed: {
    status: 412,
    title: 'The object changed meanwhile',
    remedy: 'Read the object again, look at what changed, repeat your change with the new ETag.',
  },
  payloadTooLarge: {
    status: 413,
    title: 'The body is too large',
    remedy: 'Send at most 1 MiB of JSON; split the work.',
  },
  uriTooLong: {
    status: 414,
    title: 'The URL is too long',
    remedy: 'Send at most 8,192 characters, and 512 for each part of the path.',
  },
  unsupportedMediaType: {
    status: 415,
    title: 'This content type is not accepted here',
    remedy: 'Send `application/json`, or a file as its own type, and nothing compressed.',
  },
  expectationFailed: {
    status: 417,
    title: 'This cannot be expected',
    remedy: 'Leave the header `Expect` out.',
  },
  idempotencyKeyReused: {
    status: 422,
    title: 'The key belongs to another request',
    remedy: 'Give each request a key of its own; repeat a request exactly as it was, byte for byte.',
  },
  headersTooLarge: {
    status: 431,
    title: 'The headers are too large',
    remedy: 'Send at most 100 headers, and 16 KiB of them with the request line.',
  },
  internal: {
    status: 500,
    title: 'Provost made a mistake',
    remedy: 'Tell an operator the `instance`; the log has the details under that request id.',
  },
  unavailable: {
    status: 503,
    title: 'Not available right now',
    remedy: 'Try again after `Retry-After`, or in a few seconds; `detail` says whether anything was changed.',
  },
});
