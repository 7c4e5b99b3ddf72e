import { describe, expect, it } from '@jest/globals';
import { ConnectorError } from './connector-error.js';
import { withinDeadline } from './within-deadline.js';

const never = (): Promise<never> => new Promise(() => undefined);

describe('a call within a deadline', () => {
  it('gives what the call gives', async () => {
    expect(await withinDeadline(1000, async () => 'reached')).toBe('reached');
    await expect(
      withinDeadline(1000, async () => {
        throw new ConnectorError('unreachable', 'connection refused');
      }),
    ).rejects.toMatchObject({ code: 'unreachable' });
  });

  it('ends a call that heeds no signal', async () => {
    // The timer of a signal alone keeps no process alive.
    const alive = setInterval(() => undefined, 1000);
    await expect(withinDeadline(20, never)).rejects.toMatchObject({
      code: 'timeout',
      message: 'It did not answer within 0.02 s.',
    });
    clearInterval(alive);
  });

  it('tells the call to stop', async () => {
    const stopped = new Promise<string>((resolve) => {
      void withinDeadline(20, (signal) => {
        signal.addEventListener('abort', () => resolve('stopped'));
        return never();
      }).catch(() => undefined);
    });
    const alive = setInterval(() => undefined, 1000);
    expect(await stopped).toBe('stopped');
    clearInterval(alive);
  });
});
