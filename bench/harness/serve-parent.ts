// The other end of MeasuredProcess: does what the parent asks for, and ends with it.

interface Question {
  readonly id: number;
  readonly name: string;
  readonly input: unknown;
}

type Task = (input: never) => unknown;

/** @param tasks what this process can be asked for; `usage` comes on top */
export function serveParent(tasks: Readonly<Record<string, Task>>, stop: () => Promise<void>): void {
  const known: Readonly<Record<string, Task>> = { usage, ...tasks };
  process.on('message', (message) => {
    const { id, name, input } = message as Question;
    void Promise.resolve()
      .then(() => known[name]?.(input as never))
      .then(
        (result) => process.send?.({ id, result }),
        (error: unknown) => process.send?.({ id, failure: String((error as Error).stack ?? error) }),
      );
  });
  process.on('disconnect', () => void stop().finally(() => process.exit(0)));
}

function usage(): { cpuMs: number; peakMib: number } {
  const { user, system } = process.cpuUsage();
  return { cpuMs: (user + system) / 1_000, peakMib: process.resourceUsage().maxRSS / 1_024 };
}
