import { describe, expect, it } from '@jest/globals';
import { decideRefresh, type RefreshDecision } from './refresh-decision.js';

const GRACE_SECONDS = 10;

describe('decideRefresh', () => {
  it.each<[string, number, number | null, RefreshDecision]>([
    ['the current token', 0, null, 'rotate'],
    ['the predecessor within its grace', 1, 10, 'rotate'],
    ['the predecessor after its grace', 1, 10.001, 'end-session'],
    ['the last but one within its grace', 2, 0.5, 'refuse'],
    ['the last but one after its grace', 2, 11, 'end-session'],
    ['the third last, however fresh', 3, 0.1, 'end-session'],
    ['one of long ago', 400, 86_400, 'end-session'],
    ['a used one that does not say when', 1, null, 'end-session'],
  ])('answers %s', (_, generationsBack, secondsSinceRotation, decision) => {
    const token = { isSessionOver: false, generationsBack, secondsSinceRotation };
    expect(decideRefresh(token, GRACE_SECONDS)).toBe(decision);
  });

  it.each([0, 1, 5])('refuses every token of a session that is over (%d back)', (generationsBack) => {
    const token = { isSessionOver: true, generationsBack, secondsSinceRotation: 1 };
    expect(decideRefresh(token, GRACE_SECONDS)).toBe('refuse');
  });

  it('honours no predecessor when the grace is zero and time has passed', () => {
    const token = { isSessionOver: false, generationsBack: 1, secondsSinceRotation: 0.001 };
    expect(decideRefresh(token, 0)).toBe('end-session');
  });
});
