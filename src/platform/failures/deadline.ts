// Work that must end in time. Explicit listeners and timers: AbortSignal.any and .timeout may be collected before they fire.

/**
 * Runs `work` with a signal that fires when the caller's does or when the time is over; its reason says which.
 * The work has to end by that signal: it is waited for.
 */
export async function withDeadline<Result>(
  signal: AbortSignal,
  milliseconds: number,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController();
  const follow = (): void => controller.abort(signal.reason);
  const timer = setTimeout(() => {
    controller.abort(new Error(`there was no answer within ${milliseconds} ms`));
  }, milliseconds);
  signal.addEventListener('abort', follow);
  if (signal.aborted) follow();
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', follow);
  }
}
