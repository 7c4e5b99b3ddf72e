import { describe, expect, it } from '@jest/globals';
import { type LimitNumbers, type LoginRealm, placesOf, waitsOf } from './login-limit.js';

const NUMBERS: LimitNumbers = {
  pair: { freeCount: 10, secondsEach: 900 },
  account: { freeCount: 20, secondsEach: 900 },
  address: { freeCount: 50, secondsEach: 60 },
  all: { freeCount: 200, secondsEach: 1 },
  directory: { count: 3, seconds: 900 },
  tokens: { freeCount: 50, secondsEach: 1 },
};

describe('the waits after the free refusals', () => {
  it.each([
    [900, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900]],
    [60, [1, 2, 4, 8, 16, 32, 60]],
    [8, [1, 2, 4, 8]],
    [1, [1]],
  ])('double up to %d seconds, and stay there', (secondsEach, waits) => {
    expect(waitsOf({ freeCount: 10, secondsEach })).toEqual(waits);
  });
});

describe('an attempt', () => {
  it.each<[LoginRealm, string[], string[]]>([
    ['local', ['pair'], ['account', 'address', 'all']],
    ['dsa', ['pair', 'directory'], ['account', 'directory-strangers', 'address', 'all']],
    ['identity', ['pair', 'directory'], ['account', 'directory-strangers', 'address', 'all']],
    ['service', ['pair'], ['address']],
    ['setup', ['pair'], ['address']],
    ['refresh', ['tokens'], []],
  ])('of %s is counted for %j; where its account is not known for %j too', (realm, own, strangers) => {
    const places = placesOf(realm, NUMBERS);
    const subjects = (isForStrangers: boolean): string[] =>
      places.filter((place) => place.isForStrangers === isForStrangers).map(({ subject }) => subject);
    expect({ own: subjects(false), strangers: subjects(true) }).toEqual({ own, strangers });
  });

  it('takes its places in one order, whatever the realm: two attempts never wait for each other', () => {
    const order = placesOf('dsa', NUMBERS).map(({ subject }) => subject);
    for (const realm of ['local', 'service', 'setup'] as const) {
      const subjects = placesOf(realm, NUMBERS).map(({ subject }) => subject);
      expect(subjects).toEqual(order.filter((subject) => subjects.includes(subject)));
    }
  });

  it('begins with the place that knows the address, wherever one does', () => {
    for (const realm of ['local', 'dsa', 'identity', 'service', 'setup'] as const) {
      expect(placesOf(realm, NUMBERS)[0]?.subject).toBe('pair');
    }
  });

  it('of strangers leaves the last try at the directory to the addresses that are known', () => {
    const free = placesOf('dsa', NUMBERS).filter(({ subject }) => subject.startsWith('directory'));
    expect(free).toMatchObject([
      { subject: 'directory-strangers', freeCount: 2, waits: [900] },
      { subject: 'directory', freeCount: 3, waits: [900], strangersCount: 2 },
    ]);
  });

  it('that succeeds clears what is of its account alone', () => {
    const forgiven = placesOf('dsa', NUMBERS).filter((place) => place.isForgiven);
    expect(forgiven.map(({ subject }) => subject)).toEqual([
      'pair',
      'account',
      'directory-strangers',
      'directory',
    ]);
  });
});
