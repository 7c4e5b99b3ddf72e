import { describe, expect, it } from '@jest/globals';
import { type MovableOperation, type Move, type MoveRefusal, MOVES, refusalOf } from './moves.js';

const head: MovableOperation = {
  seq: 7,
  state: 'FAILED',
  laneState: 'parked',
  laneHold: null,
  headSeq: 7,
  handedSeq: 7,
  lastSeq: 9,
};

describe('what a person may do with an operation', () => {
  it.each<[string, Partial<MovableOperation>, Partial<Record<Move, MoveRefusal>>]>([
    ['a parked head', {}, { confirm: 'not-unknown' }],
    ['an only operation', { lastSeq: 7 }, { confirm: 'not-unknown', 'cancel-behind': 'nothing-behind' }],
    ['a head whose effect is not known', { state: 'UNKNOWN', laneState: 'ready' }, {}],
    ['one behind the head', { seq: 8 }, { retry: 'waits-behind', confirm: 'waits-behind' }],
    [
      'a head in hand',
      { state: 'CREATED', laneState: 'leased' },
      { retry: 'running', cancel: 'running', confirm: 'running' },
    ],
    [
      'one that was handed out with the head',
      { seq: 8, state: 'CREATED', laneState: 'leased', handedSeq: 9 },
      { retry: 'waits-behind', cancel: 'running', 'cancel-behind': 'running', confirm: 'waits-behind' },
    ],
    [
      'a head that its target holds',
      { laneState: 'held', laneHold: 'maintenance', state: 'NOT_EXECUTED' },
      { retry: 'held-by-target', confirm: 'not-unknown' },
    ],
    [
      'a head over the limit on mass change',
      { laneState: 'held', laneHold: 'break', state: 'BLOCKED' },
      { confirm: 'not-unknown' },
    ],
  ])('%s', (_, change, refusals) => {
    const operation = { ...head, ...change };
    expect(
      Object.fromEntries(
        MOVES.flatMap((move) => {
          const refusal = refusalOf(move, operation);
          return refusal === null ? [] : [[move, refusal]];
        }),
      ),
    ).toEqual(refusals);
  });
});
