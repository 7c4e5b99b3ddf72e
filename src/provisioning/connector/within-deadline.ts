import { ConnectorError } from './connector-error.js';

/**
 * Runs a call to a system that somebody waits for; the deadline holds even when the connector does not heed its signal.
 * @throws ConnectorError `timeout`
 */
export function withinDeadline<Result>(
  milliseconds: number,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const signal = AbortSignal.timeout(milliseconds);
  const expired = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () =>
      reject(new ConnectorError('timeout', `It did not answer within ${milliseconds / 1000} s.`)),
    );
  });
  return Promise.race([work(signal), expired]);
}
