// What the receiver's answer means for a notice.
import type { Outcome } from '../operation-kind.js';

export interface Answer {
  readonly status: number;
  readonly retryAfterMs: number | undefined;
}

const ASKS_FOR_LESS = 429;
const COMES_BACK = [408, 425, ASKS_FOR_LESS];

/** Its body is not looked at: it may hold anything, and nobody needs it. */
export function deliveryOf({ status, retryAfterMs }: Answer): Outcome {
  if (status >= 200 && status < 300)
    return { kind: 'executed', summary: `delivered; the receiver answered ${status}` };
  if (status >= 500 || COMES_BACK.includes(status)) {
    return {
      kind: 'transient',
      code: `http-${status}`,
      message: `The receiver answered ${status}.`,
      retryAfterMs,
      sign: status === ASKS_FOR_LESS ? 'asks-for-less' : 'in-trouble',
    };
  }
  return {
    kind: 'configuration',
    code: `http-${status}`,
    message:
      status < 400
        ? `The receiver answered ${status}, which leads elsewhere and is not followed. Put the final address into PROVOST_NOTICE_URL.`
        : `The receiver answered ${status}. Check PROVOST_NOTICE_URL and what the receiver expects.`,
    sign: 'misconfigured',
  };
}
