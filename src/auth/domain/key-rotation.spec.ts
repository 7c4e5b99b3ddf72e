import { describe, expect, it } from '@jest/globals';
import {
  decideRotation,
  type KeyTimes,
  type RotationDecision,
  type RotationWish,
  signerAt,
  stateOf,
} from './key-rotation.js';

const NOW = new Date('2026-06-01T12:00:00Z');
const at = (seconds: number): Date => new Date(NOW.getTime() + seconds * 1000);
const RULE = { rotateAfterSeconds: 1000, overlapSeconds: 10 };

/** Signs from, until its successor does, and is accepted until; in seconds from now. */
function key(kid: string, signsFrom: number, retiredAt?: number, acceptedUntil?: number): KeyTimes {
  return {
    kid,
    signsFrom: at(signsFrom),
    retiredAt: retiredAt === undefined ? null : at(retiredAt),
    acceptedUntil: acceptedUntil === undefined ? null : at(acceptedUntil),
  };
}

describe('the state of a key', () => {
  it.each([
    ['before its time', key('k', 1), 'next'],
    ['from its time on', key('k', 0), 'signing'],
    ['while its successor is on the way', key('k', -9, 1, 11), 'signing'],
    ['once its successor signs', key('k', -9, 0, 10), 'retired'],
    ['when its last token has expired', key('k', -99, -10, 0), 'expired'],
  ])('%s', (_, given, state) => {
    expect(stateOf(given, NOW)).toBe(state);
  });
});

describe('the key that signs', () => {
  it.each([
    ['the only one', [key('a', -5)], 'a'],
    ['the old one until the new one may', [key('b', 1), key('a', -5, 1, 11)], 'a'],
    ['the new one from then on', [key('a', -5, 0, 10), key('b', 0)], 'b'],
    ['the newest, should two be allowed to', [key('b', -1), key('a', -5)], 'b'],
    ['the first of those to come, when this clock is behind', [key('c', 9), key('b', 2)], 'b'],
  ])('is %s', (_, keys, kid) => {
    expect(signerAt(keys, NOW)?.kid).toBe(kid);
  });

  it('is none that has been retired', () => {
    expect(signerAt([key('a', -9, -1, 9)], NOW)).toBeUndefined();
  });
});

describe('a rotation', () => {
  const overlap: RotationDecision = { kind: 'overlap', signsFrom: at(10), acceptedUntil: at(20) };
  const none: RotationDecision = { kind: 'none' };

  it.each<[string, readonly KeyTimes[], RotationWish, RotationDecision]>([
    ['waits for the age of the key', [key('a', -999)], 'when-due', none],
    ['comes with the age of the key', [key('a', -1000)], 'when-due', overlap],
    ['is not begun twice', [key('a', -1000, 5, 15), key('b', 5)], 'when-due', { kind: 'none' }],
    ['counts the age of the newest', [key('a', -2000, -1, 9), key('b', -1)], 'when-due', none],
    ['comes at any age when somebody wants it', [key('a', -1)], 'soon', overlap],
    [
      'says when the next key signs, while one is on its way',
      [key('a', -9, 5, 15), key('b', 5)],
      'soon',
      { kind: 'under-way', signsFrom: at(5) },
    ],
    [
      'that revokes waits for nothing',
      [key('a', -9, 5, 15), key('b', 5)],
      'revoke',
      { kind: 'revoke', signsFrom: NOW },
    ],
    ['without any key has nothing to follow', [], 'when-due', none],
  ])('%s', (_, keys, wish, decision) => {
    expect(decideRotation(keys, NOW, RULE, wish)).toMatchObject(decision);
  });

  it('leaves no moment without a signer, nor a token of the old key refused before it expires', () => {
    const decided = decideRotation([key('a', -1000)], NOW, RULE, 'when-due');
    if (decided.kind !== 'overlap') throw new Error(`It decided ${decided.kind}.`);
    const keys = [
      { ...key('a', -1000), retiredAt: decided.signsFrom, acceptedUntil: decided.acceptedUntil },
      { ...key('b', 0), signsFrom: decided.signsFrom },
    ];
    for (let second = 0; second <= 30; second += 0.5) {
      const signer = signerAt(keys, at(second));
      expect(signer?.kid).toBe(second < 10 ? 'a' : 'b');
      const accepted = keys.filter((each) => stateOf(each, at(second)) !== 'expired').map(({ kid }) => kid);
      expect(accepted).toEqual(second < 20 ? ['a', 'b'] : ['b']);
    }
  });
});
