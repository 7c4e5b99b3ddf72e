import { describe, expect, it } from '@jest/globals';
import { type Failure, type FailureClass, settleFailure, settleHeld } from './outcome.js';
import { RETRY_POLICIES } from './retry-schedule.js';
import { TRANSITIONS } from './operation-state.js';

const provisioning = { whenExhausted: 'park', retryGate: 'retry-tick' } as const;
const message = { whenExhausted: 'end', retryGate: 'claim' } as const;
const fresh = { attempts: 0, failingForMs: 0, state: 'CREATED' } as const;
const DAY = 24 * 3_600_000;
const rules = { policy: RETRY_POLICIES.default, isBreakerOpen: false, draw: 0.5, factor: 1 };

function failure(kind: FailureClass): Failure {
  return { kind, code: 'code', message: 'words' };
}

describe('a failed attempt', () => {
  it('waits for the retry tick when its kind is provisioning', () => {
    expect(settleFailure(failure('transient'), fresh, provisioning, rules)).toEqual({
      as: 'keep',
      state: 'FAILED',
      lane: 'gated-retry',
      delayMs: 7_500,
      counts: true,
      hold: null,
    });
  });

  it('waits for its time alone when its kind is any other', () => {
    expect(settleFailure(failure('transient'), fresh, message, rules)).toMatchObject({
      lane: 'ready',
    });
  });

  it('is looked at once when its effect is unknown, then by the retry policy', () => {
    expect(settleFailure(failure('unknown'), fresh, provisioning, rules)).toEqual({
      as: 'keep',
      state: 'UNKNOWN',
      lane: 'ready',
      delayMs: 0,
      counts: true,
      hold: null,
    });
    expect(
      settleFailure(failure('unknown'), { ...fresh, state: 'UNKNOWN', attempts: 1 }, provisioning, rules),
    ).toEqual({
      as: 'keep',
      state: 'UNKNOWN',
      lane: 'ready',
      delayMs: 15_000,
      counts: true,
      hold: null,
    });
  });

  it.each(['transient', 'configuration'] as const)(
    'stays unknown while the target cannot be read (%s)',
    (kind) => {
      expect(settleFailure(failure(kind), { ...fresh, state: 'UNKNOWN' }, provisioning, rules)).toMatchObject(
        {
          state: 'UNKNOWN',
          lane: 'ready',
        },
      );
    },
  );

  it.each(['permanent', 'conflict'] as const)(
    'parks or ends at once when trying again cannot help (%s)',
    (kind) => {
      expect(settleFailure(failure(kind), fresh, provisioning, rules)).toMatchObject({
        as: 'keep',
        state: 'FAILED',
        lane: 'parked',
      });
      expect(settleFailure(failure(kind), fresh, message, rules)).toEqual({
        as: 'archive',
        state: 'FAILED',
      });
    },
  );

  it('parks or ends when its attempts are used up', () => {
    const old = { ...fresh, attempts: 40, failingForMs: DAY };
    expect(settleFailure(failure('transient'), old, provisioning, rules)).toMatchObject({
      lane: 'parked',
    });
    expect(settleFailure(failure('transient'), old, message, rules)).toEqual({
      as: 'archive',
      state: 'FAILED',
    });
  });

  it('makes only moves that the transition table knows', () => {
    for (const state of ['CREATED', 'RUNNING', 'UNKNOWN', 'FAILED'] as const) {
      for (const kind of ['transient', 'unknown', 'conflict', 'permanent', 'configuration'] as const) {
        for (const kindRules of [provisioning, message]) {
          const settlement = settleFailure(failure(kind), { ...fresh, state }, kindRules, rules);
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

describe('a failure while the breaker of the target is open', () => {
  const open = { ...rules, isBreakerOpen: true };

  it('is not counted when the target is its cause', () => {
    const down: Failure = { ...failure('transient'), sign: 'in-trouble' };
    expect(settleFailure(down, fresh, provisioning, open)).toMatchObject({
      counts: false,
      lane: 'gated-retry',
    });
    expect(settleFailure(down, fresh, provisioning, rules)).toMatchObject({ counts: true });
  });

  it('never uses up the attempts, however long the target is away', () => {
    const down: Failure = { ...failure('transient'), sign: 'in-trouble' };
    const old = { ...fresh, attempts: 400, failingForMs: 30 * DAY };
    expect(settleFailure(down, old, provisioning, open)).toMatchObject({ lane: 'gated-retry' });
    expect(settleFailure(down, old, provisioning, rules)).toMatchObject({ lane: 'parked' });
  });

  it('is counted when the operation itself is its cause', () => {
    expect(settleFailure(failure('transient'), fresh, provisioning, open)).toMatchObject({ counts: true });
    expect(settleFailure(failure('permanent'), fresh, provisioning, open)).toMatchObject({
      counts: true,
      lane: 'parked',
    });
  });
});

describe('an attempt that was held back', () => {
  it.each([
    ['readonly', 'NOT_EXECUTED'],
    ['break', 'BLOCKED'],
    ['operation-type', 'BLOCKED'],
  ] as const)('by %s leaves the operation %s and does not count', (reason, state) => {
    expect(settleHeld({ kind: 'held', reason, message: 'words' }, fresh)).toEqual({
      as: 'keep',
      state,
      lane: 'held',
      delayMs: 0,
      counts: false,
      hold: reason,
    });
  });

  it.each(['UNKNOWN', 'FAILED'] as const)('keeps the state %s, which says more', (state) => {
    expect(settleHeld({ kind: 'held', reason: 'readonly', message: '' }, { state })).toMatchObject({
      state,
    });
  });
});
