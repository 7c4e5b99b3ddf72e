import { describe, expect, it } from '@jest/globals';
import { type ConnectorFailureCode, failureOf, type OperationFailure } from './failure-of-connector-error.js';

const refusal = (code: ConnectorFailureCode, effect: 'none' | 'unknown' = 'none') => ({
  code,
  effect,
  message: 'words.',
  attribute: undefined,
  retryAfterMs: undefined,
});

const KINDS: Readonly<Record<ConnectorFailureCode, OperationFailure['kind']>> = {
  unreachable: 'transient',
  timeout: 'transient',
  busy: 'transient',
  'rate-limited': 'transient',
  'invalid-credentials': 'configuration',
  'permission-denied': 'configuration',
  misconfigured: 'configuration',
  'already-exists': 'transient',
  'not-found': 'transient',
  'parent-missing': 'transient',
  stale: 'transient',
  conflict: 'conflict',
  'invalid-attribute': 'permanent',
};
const CODES = Object.keys(KINDS) as ConnectorFailureCode[];

describe('what a refusal of a system means for the operation', () => {
  it.each(Object.entries(KINDS))('%s without effect is %s', (code, kind) => {
    expect(failureOf(refusal(code as ConnectorFailureCode))).toMatchObject({ kind, code });
  });

  it.each(CODES)('%s with an unknown effect is read back, whatever else it says', (code) => {
    expect(failureOf(refusal(code, 'unknown'))).toMatchObject({ kind: 'unknown', code });
  });

  it.each(CODES)('%s says what to do after the system’s own words', (code) => {
    expect(failureOf(refusal(code)).message).toMatch(/^words\. [A-Z].+\.$/);
  });

  it('names the attribute, and keeps the time that the system asked for', () => {
    const failure = failureOf({ ...refusal('rate-limited'), attribute: 'mail', retryAfterMs: 7_000 });

    expect(failure).toMatchObject({ retryAfterMs: 7_000 });
    expect(failure.message).toMatch(/^mail: words/);
  });
});
