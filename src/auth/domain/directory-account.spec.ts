import { describe, expect, it } from '@jest/globals';
import { type AccountLock, foldLogin, isSameEntry, lockOf } from './directory-account.js';

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
  it.each<[string, string[], string[], AccountLock]>([
    ['with a time at which it was locked', ['20261124061700Z'], [], 'temporary'],
    ['with such a time, and a locked password', ['20261124061700Z'], ['!x'], 'permanent'],
    ['locked for ever', ['000001010000Z'], ['{SSHA}x'], 'permanent'],
    ['with a hash behind an exclamation mark', [], ['{SSHA}!x'], 'permanent'],
    ['with a locked hash of another scheme', [], ['{CRYPT}!$6$x'], 'permanent'],
    ['with a locked clear password', [], ['!x'], 'permanent'],
    ['with locked passwords only', [], ['{SSHA}!x', '{MD5}!y'], 'permanent'],
    ['with one that is not locked', [], ['{SSHA}!x', '{MD5}y'], 'none'],
    ['with a hash', [], ['{SSHA}x!'], 'none'],
    ['with a password that may not be read', [], [], 'none'],
  ])('%s', (_, lockedTimes, passwords, expected) => {
    expect(lockOf({ lockedTimes, passwords })).toBe(expected);
  });
});

describe('an entry seen again', () => {
  const seen = { uuid: 'a', login: 'jane' };
  it.each([
    ['with its name', seen, { uuid: 'a', login: 'jane' }, true],
    ['with another name', seen, { uuid: 'a', login: 'jane doe' }, true],
    ['with its name, but another UUID', seen, { uuid: 'b', login: 'jane' }, false],
    ['without a UUID', seen, { uuid: null, login: 'jane' }, false],
    ['that never had one', { uuid: null, login: 'jane' }, { uuid: null, login: 'jane' }, true],
    [
      'that never had one, with another name',
      { uuid: null, login: 'jane' },
      { uuid: null, login: 'j' },
      false,
    ],
  ])('%s', (_, one, other, expected) => {
    expect(isSameEntry(one, other)).toBe(expected);
  });
});
