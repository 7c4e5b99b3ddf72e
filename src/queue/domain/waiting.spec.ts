import { describe, expect, it } from '@jest/globals';
import { LANE_STATES } from './operation-state.js';
import { explainWait, type GateStanding, type WaitingOperation } from './waiting.js';

const now = new Date('2027-01-05T09:00:00Z');
const later = new Date('2027-01-05T09:05:00Z');
const open = {
  name: 'system:One',
  hold: null,
  holdReason: null,
  breakerOpenUntil: null,
  breakerReason: null,
};
const head: WaitingOperation = {
  laneId: 4,
  seq: 7,
  headSeq: 7,
  state: 'CREATED',
  laneState: 'ready',
  laneHold: null,
  runAt: now,
  lastMessage: null,
  target: open,
  awaits: null,
  keeper: undefined,
};
const keeper: GateStanding = { name: 'Ticks', isPaused: false, nextAt: later, hasScheduler: true };

describe('why an operation waits', () => {
  it('names the operation it waits behind', () => {
    const wait = explainWait({ ...head, seq: 9, laneState: 'parked' }, now);
    expect(wait).toMatchObject({ reason: 'behind', until: null });
    expect(wait.text).toContain('o4-7');
  });

  it('says when it is tried again, and the words of the target', () => {
    const wait = explainWait(
      { ...head, state: 'FAILED', laneState: 'gated-retry', runAt: later, lastMessage: 'connection refused' },
      now,
    );
    expect(wait).toMatchObject({ reason: 'retry', until: later });
    expect(wait.text).toContain('connection refused. RetryProvisioningTaskExecutor tries it again.');
  });

  it('says that an unknown effect is verified first', () => {
    expect(explainWait({ ...head, state: 'UNKNOWN', runAt: later }, now)).toMatchObject({
      reason: 'verification',
      until: later,
    });
  });

  it('says what a person can do when it is not tried again', () => {
    const wait = explainWait({ ...head, state: 'FAILED', laneState: 'parked' }, now);
    expect(wait.reason).toBe('person');
    expect(wait.text).toMatch(/retry it, or cancel it/);
  });

  it.each([
    ['disabled', /is disabled \(moved\)/],
    ['maintenance', /is in maintenance \(moved\)/],
    ['readonly', /is read-only/],
    ['restored', /restored from a backup/],
    ['break', /limit on mass change/],
    ['operation-type', /type of operation is blocked/],
  ])('says what holds it: %s', (hold, words) => {
    const target = { ...open, hold, holdReason: 'moved' };
    const wait = explainWait({ ...head, laneState: 'held', laneHold: hold, target }, now);
    expect(wait).toMatchObject({ reason: 'held', text: expect.stringMatching(words), until: null });
  });

  it('tells of a hold of the target before its lane is marked, but not of one that lets it be read', () => {
    const held = (hold: string): string => explainWait({ ...head, target: { ...open, hold } }, now).reason;
    expect(held('maintenance')).toBe('held');
    expect(held('readonly')).toBe('due');
  });

  it('says until when the breaker is open, and that one attempt looks afterwards', () => {
    const target = { ...open, breakerOpenUntil: later, breakerReason: 'ECONNREFUSED' };
    expect(explainWait({ ...head, target }, now)).toMatchObject({
      reason: 'breaker',
      text: expect.stringContaining('ECONNREFUSED'),
      until: later,
    });
    expect(explainWait({ ...head, target }, new Date(later.getTime() + 1)).until).toBeNull();
  });

  it('names what it waits for', () => {
    const awaiting = (awaits: WaitingOperation['awaits']): string =>
      explainWait({ ...head, laneState: 'dependent', awaits }, now).text;
    expect(awaiting({ kind: 'operation', id: 'o3-2' })).toContain('o3-2');
    expect(awaiting({ kind: 'group', id: 12 })).toContain('group 12');
  });

  it.each(['gated-async', 'gated-retry'] as const)(
    'says when the keeper of %s opens it, or why not',
    (laneState) => {
      const wait = (change: Partial<GateStanding>): ReturnType<typeof explainWait> =>
        explainWait({ ...head, laneState, runAt: later, keeper: { ...keeper, ...change } }, now);
      expect(wait({})).toMatchObject({ text: expect.stringContaining('Ticks'), until: later });
      expect(wait({ isPaused: true })).toMatchObject({
        text: expect.stringContaining('is paused'),
        until: null,
      });
      expect(wait({ hasScheduler: false })).toMatchObject({
        text: expect.stringContaining('role scheduler'),
        until: null,
      });
      expect(wait({ nextAt: null })).toMatchObject({
        text: expect.stringContaining('never fires'),
        until: null,
      });
    },
  );

  it.each(LANE_STATES)('has words for a lane that is %s', (laneState) => {
    expect(explainWait({ ...head, laneState }, now).text).not.toBe('');
  });
});
