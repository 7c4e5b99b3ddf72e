// The last line of a process that dies of an error nobody caught: masked like every other.
import type { JsonLogger } from './json-logger.js';

/** What a destination that takes nothing any more may delay the end. */
const PATIENCE_MS = 1_000;

let isSaid = false;

/** From now on such an error is one line of the log, and exit code 1. */
export function sayLastWords(logger: JsonLogger): void {
  const end = async (error: unknown, what: string): Promise<never> => {
    setTimeout(() => process.exit(1), PATIENCE_MS);
    logger.fatal({ err: error instanceof Error ? error : new Error(String(error)) }, what, 'process');
    await logger.flushed();
    process.exit(1);
  };
  const say = (what: string) => (error: unknown) => {
    // A second one, while the first is written, adds nothing.
    if (!isSaid) void end(error, what);
    isSaid = true;
  };
  process.on('uncaughtException', say('ended by an error that nobody caught'));
  process.on('unhandledRejection', say('ended by a rejection that nobody caught'));
}
