// What people read when a command did not do what they asked.
import { CliError, Refusal } from './cli-error.js';
import { EXIT, type ExitCode } from './exit-code.js';
import { instantText } from './terminal/relative-time.js';
import { safeText } from './terminal/safe-text.js';
import type { Style } from './terminal/style.js';

export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CliError) return error.exitCode;
  return EXIT.ownFault;
}

export function errorText(error: unknown, style: Style): string {
  if (error instanceof Refusal) return refusalText(error, style);
  if (error instanceof CliError) return safeText(error.message);
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return ['provost itself failed; this is a mistake in it:', ...stack.split('\n').map(safeText)].join('\n');
}

function refusalText({ problem, retryAfter }: Refusal, style: Style): string {
  const { title, status, detail, errors, instance } = problem;
  return [
    `${style.paint('bad', safeText(title))} (${status})`,
    ...(detail === '' ? [] : [safeText(detail)]),
    ...errors.map(
      (error) => `  ${style.paint('strong', safeText(error.pointer) || '/')}  ${safeText(error.detail)}`,
    ),
    ...(retryAfter === undefined ? [] : [`Try again ${laterText(retryAfter, style.now)}.`]),
    ...(status >= 500 && instance !== '' ? [`The service's log has more under ${safeText(instance)}.`] : []),
  ].join('\n');
}

/** “at 2027-01-05 09:13:20Z (in 12 s)”, by this machine's clock. */
function laterText(seconds: number, now: number): string {
  return `at ${instantText(new Date(now + seconds * 1_000).toISOString(), now)}`;
}
