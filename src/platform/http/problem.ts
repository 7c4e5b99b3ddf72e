// Errors as people and programs see them: RFC 9457 problem details that say what, where and what to do.

/** One faulty place of a request; `pointer` is a JSON pointer into the body (RFC 6901) or `query/<name>`. */
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

interface ProblemKind {
  readonly status: number;
  readonly title: string;
}

type ProblemMaker = (
  detail: string,
  extra?: { errors?: readonly ProblemField[]; headers?: Record<string, string>; cause?: unknown },
) => Problem;

/** A module's problems as a table: `{ notFound: { status: 404, title } }` gives `table.notFound(detail)`. */
export function problemTable<const Table extends Record<string, ProblemKind>>(
  module: string,
  table: Table,
): { readonly [Kind in keyof Table]: ProblemMaker } {
  const entries = Object.entries(table).map(([kind, { status, title }]): [string, ProblemMaker] => {
    const type = `/problems/${module}/${kind.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    return [kind, (detail, extra) => new Problem({ type, status, title, detail, ...extra })];
  });
  return Object.fromEntries(entries) as { readonly [Kind in keyof Table]: ProblemMaker };
}

/** The problems that any route can answer. */
export const problem = problemTable('http', {
  invalidRequest: { status: 400, title: 'The request is not valid' },
  unauthenticated: { status: 401, title: 'Log in first' },
  forbidden: { status: 403, title: 'Not allowed' },
  notFound: { status: 404, title: 'Not found' },
  preconditionFailed: { status: 412, title: 'The object changed meanwhile' },
  payloadTooLarge: { status: 413, title: 'The body is too large' },
  unsupportedMediaType: { status: 415, title: 'This content type is not accepted here' },
  requestFailed: { status: 400, title: 'The request was refused' },
  internal: { status: 500, title: 'Provost made a mistake' },
  unavailable: { status: 503, title: 'Not available right now' },
});
