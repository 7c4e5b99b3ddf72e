// How long a wrong login makes the next one wait, and what it counts for.

/** So many refusals are free; each further one makes the next attempt wait twice as long as the one before it. */
interface LoginLimit {
  readonly freeCount: number;
  /** The longest wait, and the time in which one refusal is forgiven: in the long run no more pass than one in it. */
  readonly secondsEach: number;
}

/**
 * The seconds to wait after the last free refusal, the one after it, and so on; the last counts for all further ones.
 * They end: a limit slows down, and never locks.
 */
export function waitsOf({ secondsEach }: LoginLimit): number[] {
  const waits: number[] = [];
  for (let wait = 1; wait < secondsEach; wait *= 2) waits.push(wait);
  return [...waits, secondsEach];
}

/** No more than `count` in any stretch of `seconds`. */
interface WindowLimit {
  readonly count: number;
  readonly seconds: number;
}

export interface LimitNumbers {
  /** The account at one address. */
  readonly pair: LoginLimit;
  /** The account, from all addresses that it is not known at. */
  readonly account: LoginLimit;
  /** The address, for all accounts that are not known at it. */
  readonly address: LoginLimit;
  /** All logins at addresses where their account is not known. */
  readonly all: LoginLimit;
  /** Wrong passwords of the account that are passed on to its directory. */
  readonly directory: WindowLimit;
  /** Tokens that are refused at an address. */
  readonly tokens: LoginLimit;
}

export type LoginRealm = 'local' | 'dsa' | 'identity' | 'service' | 'setup' | 'refresh';

/** What an attempt is counted for. */
type LoginSubject = keyof LimitNumbers | 'directory-strangers';

/** One count that an attempt needs a place in. */
export interface LoginPlace {
  readonly subject: LoginSubject;
  readonly freeCount: number;
  readonly secondsEach: number;
  readonly waits: readonly number[];
  /** Not asked of an account at an address where it is known: what strangers do is not held against it. */
  readonly isForStrangers: boolean;
  /** A stranger gets a place only while no more than so many are taken with it; undefined: as everybody. */
  readonly strangersCount?: number;
  /** A login that succeeds clears the count; otherwise it only takes its own attempt back. */
  readonly isForgiven: boolean;
}

/**
 * The counts of an attempt, in the one order in which everybody takes them. Only what can be guessed is counted for the
 * account: keys and setup tokens are random, and a count would only let strangers keep their owner waiting.
 */
export function placesOf(realm: LoginRealm, limits: LimitNumbers): LoginPlace[] {
  const pair = { ...placeOf('pair', limits.pair), isForgiven: true };
  const account = { ...placeOf('account', limits.account), isForStrangers: true, isForgiven: true };
  const address = { ...placeOf('address', limits.address), isForStrangers: true };
  const all = { ...placeOf('all', limits.all), isForStrangers: true };
  switch (realm) {
    case 'refresh':
      return [placeOf('tokens', limits.tokens)];
    case 'setup':
    case 'service':
      return [pair, address];
    case 'local':
      return [pair, account, address, all];
    case 'dsa':
    case 'identity':
      return [pair, account, ...directoryPlaces(limits.directory), address, all];
  }
}

/**
 * The last wrong password that the directory may see is kept for the addresses the account is known at: strangers have
 * a count of their own, which the owner's success does not clear, and never take the last place of the common one.
 */
function directoryPlaces({ count, seconds }: WindowLimit): LoginPlace[] {
  const place = {
    secondsEach: seconds,
    waits: [seconds],
    isForgiven: true,
  };
  return [
    { ...place, subject: 'directory-strangers', freeCount: count - 1, isForStrangers: true },
    {
      ...place,
      subject: 'directory',
      freeCount: count,
      isForStrangers: false,
      strangersCount: count - 1,
    },
  ];
}

function placeOf(subject: LoginSubject, limit: LoginLimit): LoginPlace {
  return { subject, ...limit, waits: waitsOf(limit), isForStrangers: false, isForgiven: false };
}
