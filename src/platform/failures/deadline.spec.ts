import { describe, expect, it } from '@jest/globals';
import { withDeadline } from './deadline.js';

const until = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    signal.addEventListener('abort', () => reject(signal.reason as Error));
  });

describe('work with a deadline', () => {
  it('gives its result and leaves nothing behind', async () => {
    const caller = new AbortController();

    await expect(withDeadline(caller.signal, 60_000, () => Promise.resolve('done'))).resolves.toBe('done');
  });

  it('is told when the time is over', async () => {
    const call = withDeadline(new AbortController().signal, 5, until);

    await expect(call).rejects.toThrow('there was no answer within 5 ms');
  });

  it('is told when the caller gives up, with the caller’s reason', async () => {
    const caller = new AbortController();
    const call = withDeadline(caller.signal, 60_000, until);
    caller.abort(new Error('no longer needed'));

    await expect(call).rejects.toThrow('no longer needed');
    await expect(withDeadline(caller.signal, 60_000, until)).rejects.toThrow('no longer needed');
  });
});
