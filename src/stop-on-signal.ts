/**
 * Ends the process in good order on SIGTERM or SIGINT, also while it is still starting. A terminal and a supervisor may
 * both signal: the first one counts, the others change nothing.
 */
export function stopOnSignal(
  starting: Promise<{ stop(): Promise<void> }>,
  say: (line: string) => void,
): void {
  let isStopping = false;
  const stop = (): void => {
    if (isStopping) return;
    isStopping = true;
    say('Stopping …');
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
