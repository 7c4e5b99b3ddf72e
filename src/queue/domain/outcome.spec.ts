import { describe, expect, it } from '@jest/globals';
import { type Failure, type FailureClass, settleFailure } from './outcome.js';
import { TRANSITIONS } from './operation-state.js';

const provisioning = { whenExhausted: 'park', retryGate: 'retry-tick' } as const;
const message = { whenExhausted: 'end', retryGate: 'claim' } as const;
const fresh = { attempts: 0, failingForMs: 0, state: 'CREATED' } as const;
const DAY = 24 * 3_600_000;

function failure(kind: FailureClass): Failure {
  return { kind, code: 'code', message: 'words' };
}

describe('a failed attempt', () => {
  it('waits for the retry tick when its kind is provisioning', () => {
    expect(settleFailure(failure('transient'), fresh, provisioning, 'default', 0.5)).toEqual({
      as: 'keep',
      state: 'FAILED',
      lane: 'gated-retry',
      delayMs: 7_500,
    });
  });

  it('waits for its time alone when its kind is any other', () => {
    expect(settleFailure(failure('transient'), fresh, message, 'default', 0.5)).toMatchObject({
      lane: 'ready',
    });
  });

  it('is looked at once when its effect is unknown, then by the retry policy', () => {
    expect(settleFailure(failure('unknown'), fresh, provisioning, 'default', 0.5)).toEqual({
      as: 'keep',
      state: 'UNKNOWN',
      lane: 'ready',
      delayMs: 0,
    });
    expect(
      settleFailure(
        failure('unknown'),
        { ...fresh, state: 'UNKNOWN', attempts: 1 },
        provisioning,
        'default',
        0.5,
      ),
    ).toEqual({
      as: 'keep',
      state: 'UNKNOWN',
      lane: 'ready',
      delayMs: 15_000,
    });
  });

  it.each(['transient', 'configuration'] as const)(
    'stays unknown while the target cannot be read (%s)',
    (kind) => {
      expect(
        settleFailure(failure(kind), { ...fresh, state: 'UNKNOWN' }, provisioning, 'default', 0.5),
      ).toMatchObject({
        state: 'UNKNOWN',
        lane: 'ready',
      });
    },
  );

  it.each(['permanent', 'conflict'] as const)(
    'parks or ends at once when trying again cannot help (%s)',
    (kind) => {
      expect(settleFailure(failure(kind), fresh, provisioning, 'default', 0.5)).toMatchObject({
        as: 'keep',
        state: 'FAILED',
        lane: 'parked',
      });
      expect(settleFailure(failure(kind), fresh, message, 'default', 0.5)).toEqual({
        as: 'archive',
        state: 'FAILED',
      });
    },
  );

  it('parks or ends when its attempts are used up', () => {
    const old = { ...fresh, attempts: 40, failingForMs: DAY };
    expect(settleFailure(failure('transient'), old, provisioning, 'default', 0.5)).toMatchObject({
      lane: 'parked',
    });
    expect(settleFailure(failure('transient'), old, message, 'default', 0.5)).toEqual({
      as: 'archive',
      state: 'FAILED',
    });
  });

  it('makes only moves that the transition table knows', () => {
    for (const state of ['CREATED', 'RUNNING', 'UNKNOWN', 'FAILED'] as const) {
      for (const kind of ['transient', 'unknown', 'conflict', 'permanent', 'configuration'] as const) {
        for (const rules of [provisioning, message]) {
          const settlement = settleFailure(failure(kind), { ...fresh, state }, rules, 'default', 0.5);
          // What may have been sent went through RUNNING, with its intent.
          const from = kind === 'unknown' ? 'RUNNING' : state;
          const allowed: readonly string[] =
            settlement.as === 'archive' ? TRANSITIONS[from].archived : [...TRANSITIONS[from].queued, state];
          expect(allowed).toContain(settlement.state);
        }
      }
    }
  });
});
