import { describe, expect, it } from '@jest/globals';
import { gateOf } from './gate.js';
import { QUEUED_STATES } from './operation-state.js';

const waitsForNothing = { isWaiting: false, isAdmitted: false };

describe('a lane that nobody has in hand', () => {
  it('is idle without a head, whatever the mode', () => {
    expect(gateOf(null, 'synchronous')).toBe('idle');
    expect(gateOf(null, 'asynchronous')).toBe('idle');
  });

  it.each(QUEUED_STATES)('is dependent while its head, %s, waits for other work', (state) => {
    for (const mode of ['synchronous', 'asynchronous'] as const) {
      for (const isAdmitted of [true, false])
        expect(gateOf({ state, isWaiting: true, isAdmitted }, mode)).toBe('dependent');
    }
  });

  it.each(QUEUED_STATES)('is ready on a synchronous target with a head that is %s', (state) => {
    expect(gateOf({ state, ...waitsForNothing }, 'synchronous')).toBe('ready');
  });

  it.each(['CREATED', 'NOT_EXECUTED', 'BLOCKED'] as const)(
    'waits for ProvisioningQueue on an asynchronous target until its head, %s, is admitted',
    (state) => {
      expect(gateOf({ state, ...waitsForNothing }, 'asynchronous')).toBe('gated-async');
      expect(gateOf({ state, isWaiting: false, isAdmitted: true }, 'asynchronous')).toBe('ready');
    },
  );

  it.each(['RUNNING', 'UNKNOWN', 'FAILED'] as const)(
    'does not wait for ProvisioningQueue once its head was attempted (%s)',
    (state) => {
      expect(gateOf({ state, ...waitsForNothing }, 'asynchronous')).toBe('ready');
    },
  );
});
