// Ends the process in good order on SIGTERM or SIGINT, also while it is still starting; at once when that is asked for
// a second time or takes too long. Ending at once is safe: what is in hand is taken back as after a crash.
import { constants } from 'node:os';

/** An attempt may take 20 s; a supervisor that allows 30 s then kills nobody. */
const STOP_WITHIN_MS = 25_000;
/** A terminal and a supervisor may both signal: so close together, two are one. */
const SAME_SIGNAL_MS = 1_000;

export function stopOnSignal(
  starting: Promise<{ stop(): Promise<void> }>,
  say: (line: string) => void,
): void {
  let askedAt: number | undefined;
  const stop = (signal: 'SIGTERM' | 'SIGINT'): void => {
    const now = performance.now();
    if (askedAt !== undefined) {
      if (now - askedAt > SAME_SIGNAL_MS) process.exit(128 + constants.signals[signal]);
      return;
    }
    askedAt = now;
    say('Stopping …');
    setTimeout(() => {
      say(`This did not end within ${STOP_WITHIN_MS / 1_000} s and is ended now.`);
      process.exit(1);
    }, STOP_WITHIN_MS);
    starting
      .then((service) => service.stop())
      .then(
        () => process.exit(0),
        (error: unknown) => {
          say(error instanceof Error ? error.message : String(error));
          process.exit(1);
        },
      );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}
