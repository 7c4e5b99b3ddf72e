import { describe, expect, it } from '@jest/globals';
import { LANE_STATES } from './operation-state.js';
import { explainWait, type WaitingOperation } from './waiting.js';

const now = new Date('2027-01-05T09:00:00Z');
const later = new Date('2027-01-05T09:05:00Z');
const head: WaitingOperation = {
  laneId: 4,
  seq: 7,
  headSeq: 7,
  state: 'CREATED',
  laneState: 'ready',
  runAt: now,
  lastMessage: null,
};

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
    expect(wait.text).toContain('connection refused');
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

  it.each(LANE_STATES)('has words for a lane that is %s', (laneState) => {
    expect(explainWait({ ...head, laneState }, now).text).not.toBe('');
  });
});
