import { describe, expect, it } from '@jest/globals';
import { foldLogin, isLocked } from './directory-account.js';

describe('foldLogin', () => {
  it.each([
    ['Jane', 'jane'],
    [' jane  doe ', 'jane doe'],
    ['jane\u00a0doe', 'jane doe'],
    ['ｊａｎｅ', 'jane'],
    ['Mu\u0308ller', 'm\u00fcller'],
  ])('takes %j for %j', (typed, folded) => {
    expect(foldLogin(typed)).toBe(folded);
  });

  it.each([
    ['jane', 'j\u00e4ne'],
    ['jane', 'j\u0430ne'],
    ['jane', 'ja\u00adne'],
    ['jane', 'jane*'],
    ['a b', 'ab'],
  ])('keeps %j and %j apart', (one, other) => {
    expect(foldLogin(one)).not.toBe(foldLogin(other));
  });
});

describe('an entry', () => {
  it.each<[string, string[], string[], boolean]>([
    ['with a time at which it was locked', ['20261124061700Z'], [], true],
    ['locked for ever', ['000001010000Z'], ['{SSHA}x'], true],
    ['with a hash behind an exclamation mark', [], ['{SSHA}!x'], true],
    ['with a locked hash of another scheme', [], ['{CRYPT}!$6$x'], true],
    ['with a locked clear password', [], ['!x'], true],
    ['with locked passwords only', [], ['{SSHA}!x', '{MD5}!y'], true],
    ['with one that is not locked', [], ['{SSHA}!x', '{MD5}y'], false],
    ['with a hash', [], ['{SSHA}x!'], false],
    ['with a password that may not be read', [], [], false],
  ])('%s', (_, lockedTimes, passwords, expected) => {
    expect(isLocked({ lockedTimes, passwords })).toBe(expected);
  });
});
