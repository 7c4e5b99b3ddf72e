// Failures the client can explain, each with the exit code it ends with.
import { EXIT, type ExitCode } from './exit-code.js';

/** Ends the command with this message, which says what happened and what to do. */
export class CliError extends Error {
  override readonly name: string = 'CliError';

  constructor(
    readonly exitCode: ExitCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export function usageError(message: string): CliError {
  return new CliError(EXIT.usage, message);
}

/** What the service answers instead of doing it (RFC 9457). */
export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly errors: readonly { readonly pointer: string; readonly detail: string }[];
}

/** The service understood the request and refused or failed it. */
export class Refusal extends CliError {
  override readonly name = 'Refusal';

  constructor(
    readonly problem: ProblemDocument,
    /** Seconds after which the service asks to be asked again. */
    readonly retryAfter: number | undefined,
    /** The problem as it came, for `--json`. */
    readonly document: unknown,
  ) {
    super(problem.status === 401 ? EXIT.notLoggedIn : EXIT.refused, problem.title);
  }
}
