// Ends what a benchmark started, in reverse order, also when it fails or is told to stop.

type Close = () => Promise<unknown> | void;

/** Runs `work` with a place to leave what must be closed after it. */
export async function withClosing<Result>(
  work: (closing: (close: Close) => void) => Promise<Result>,
): Promise<Result> {
  const open: Close[] = [];
  const closeAll = async (): Promise<void> => {
    for (const close of open.splice(0).toReversed()) await close();
  };
  const end = (): void => void closeAll().finally(() => process.exit(1));
  process.once('SIGINT', end);
  process.once('SIGTERM', end);
  try {
    return await work((close) => open.push(close));
  } finally {
    await closeAll();
    process.off('SIGINT', end);
    process.off('SIGTERM', end);
  }
}
