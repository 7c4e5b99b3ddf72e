// Slows down whoever guesses passwords, and nobody else. The counts are in the database: every node sees them, a restart
// forgets none, and the time is the database's.
import { createHmac } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { Database, loadStatement, type Transaction } from '../platform/database/index.js';
import { type AuthSettings, authSettings } from './auth.config.js';
import { authProblem } from './auth.problems.js';
import { type LimitNumbers, type LoginPlace, type LoginRealm, placesOf } from './domain/login-limit.js';
import { networkOf } from './domain/login-limit-address.js';
import { LoginLimitKey } from './login-limit-key.js';

export interface LoginAttempt {
  readonly realm: LoginRealm;
  /** As typed, whether anybody has it or not. */
  readonly login: string;
  /** The address it comes from. */
  readonly address: string;
}

/** Seconds for which an account that logged in is known at that address: 30 days. */
const KNOWN_SECONDS = 30 * 86_400;
/** An address is shared by an office, and everybody by the world: what one refusal costs others is soon over. */
const ADDRESS_SECONDS = 60;
const ALL_SECONDS = 1;
const TOKENS_SECONDS = 1;

interface Columns {
  readonly places: readonly LoginPlace[];
  readonly columns: readonly [Buffer[], boolean[], number[], number[]];
  readonly waits: readonly string[];
  readonly strangersCounts: readonly (number | null)[];
}

interface TakenRow {
  readonly is_taken: boolean;
  readonly wait_seconds: number | null;
}

const takeLoginLimits = loadStatement('take-login-limits', import.meta.url);
const settleLoginLimits = loadStatement('settle-login-limits', import.meta.url);
const purgeLoginLimits = loadStatement('purge-login-limits', import.meta.url);

@Injectable()
export class LoginLimits {
  readonly #numbers: LimitNumbers;
  readonly #places = new Map<LoginRealm, readonly LoginPlace[]>();
  /** An attempt is asked about twice, and its keys are hashes. */
  readonly #columns = new WeakMap<LoginAttempt, Columns>();

  constructor(
    private readonly database: Database,
    private readonly key: LoginLimitKey,
    @Inject(authSettings.token) settings: AuthSettings,
  ) {
    this.#numbers = numbersOf(settings);
  }

  /**
   * Takes a place for this attempt; one that was admitted is followed by `refused`, `succeeded` or `undecided`.
   * @throws Problem 429 with Retry-After when it must wait; the same for logins that do not exist.
   */
  async admit(attempt: LoginAttempt): Promise<void> {
    const wait =
      attempt.realm === 'refresh' ? await this.#waitOfTokens(attempt) : await this.#takePlaces(attempt);
    if (wait !== undefined) throw tooManyAttempts(wait);
  }

  /** The attempt was refused: it stays counted. */
  async refused(attempt: LoginAttempt): Promise<void> {
    if (attempt.realm === 'refresh') await this.#takePlaces(attempt);
    await this.database.query(purgeLoginLimits);
  }

  /**
   * The attempt succeeded: the account's count is forgiven, and the address is known for it.
   * @param within what it commits with; by itself when left out
   */
  async succeeded(attempt: LoginAttempt, within: Transaction | Database = this.database): Promise<void> {
    if (attempt.realm === 'refresh') return;
    const isKnown = attempt.realm !== 'setup';
    await this.#settle(within, attempt, (place) => place.isForgiven, isKnown ? KNOWN_SECONDS : null);
  }

  /** Nobody saw the secret (no line free, no connection to the directory): the attempt does not count. */
  async undecided(attempt: LoginAttempt): Promise<void> {
    if (attempt.realm === 'refresh') return;
    await this.#settle(this.database, attempt, () => false, null);
  }

  /** The seconds to wait, or undefined when every count had a place, which is taken now. */
  async #takePlaces(attempt: LoginAttempt): Promise<number | undefined> {
    const { columns, waits, strangersCounts } = this.#columnsOf(attempt);
    const take = async (): Promise<TakenRow | undefined> => {
      const [taken] = await this.database.query<TakenRow>(takeLoginLimits, [
        ...columns,
        waits,
        strangersCounts,
      ]);
      return taken;
    };
    let taken = await take();
    if (taken?.is_taken === false && taken.wait_seconds === null) {
      await this.database.query(
        'insert into auth_login_limits (key) select unnest($1::bytea[]) on conflict do nothing',
        [columns[0]],
      );
      taken = await take();
    }
    return taken?.is_taken ? undefined : (taken?.wait_seconds ?? 1);
  }

  async #waitOfTokens(attempt: LoginAttempt): Promise<number | undefined> {
    const { columns } = this.#columnsOf(attempt);
    const [waiting] = await this.database.query<{ wait_seconds: number }>(
      `select ceil(extract(epoch from waits_until - clock_timestamp()))::float8 as wait_seconds
       from auth_login_limits where key = any ($1) and waits_until > clock_timestamp()`,
      [columns[0]],
    );
    return waiting?.wait_seconds;
  }

  async #settle(
    within: Transaction | Database,
    attempt: LoginAttempt,
    isForgiven: (place: LoginPlace) => boolean,
    knownSeconds: number | null,
  ): Promise<void> {
    const { columns, places } = this.#columnsOf(attempt);
    await within.query(settleLoginLimits, [...columns, places.map(isForgiven), knownSeconds]);
  }

  /** The places of an attempt as the statements take them: a list for each column. */
  #columnsOf(attempt: LoginAttempt): Columns {
    const known = this.#columns.get(attempt);
    if (known !== undefined) return known;
    const places = this.#placesOf(attempt.realm);
    const made: Columns = {
      places,
      columns: [
        places.map((place) => this.#keyOf(place, attempt)),
        places.map((place) => place.isForStrangers),
        places.map((place) => place.freeCount),
        places.map((place) => place.secondsEach),
      ],
      waits: places.map((place) => `{${place.waits.join(',')}}`),
      strangersCounts: places.map((place) => place.strangersCount ?? null),
    };
    this.#columns.set(attempt, made);
    return made;
  }

  #placesOf(realm: LoginRealm): readonly LoginPlace[] {
    const places = this.#places.get(realm) ?? placesOf(realm, this.#numbers);
    this.#places.set(realm, places);
    return places;
  }

  #keyOf({ subject }: LoginPlace, { realm, login, address }: LoginAttempt): Buffer {
    const isOfAccount = subject !== 'address' && subject !== 'all' && subject !== 'tokens';
    const isOfAddress = subject === 'pair' || subject === 'address' || subject === 'tokens';
    const parts = [
      subject,
      ...(isOfAccount ? [realm, foldLogin(login)] : []),
      ...(isOfAddress ? [networkOf(address)] : []),
    ];
    return createHmac('sha256', this.key.bytes).update(JSON.stringify(parts)).digest();
  }
}

/** One form of what directories take for one login: RFC 4518 ignores case, width, odd spaces and what is not seen. */
function foldLogin(login: string): string {
  return login
    .normalize('NFKC')
    .toLowerCase()
    .replace(/\p{Cf}/gu, '')
    .trim()
    .replace(/\s+/gu, ' ');
}

function numbersOf(settings: AuthSettings): LimitNumbers {
  const { longestWaitSeconds, directoryRefusalsSeconds, directoryRefusalsCount } = settings;
  return {
    pair: { freeCount: settings.pairRefusalsCount, secondsEach: longestWaitSeconds },
    account: { freeCount: settings.accountRefusalsCount, secondsEach: longestWaitSeconds },
    address: { freeCount: settings.addressRefusalsCount, secondsEach: ADDRESS_SECONDS },
    all: { freeCount: settings.allRefusalsCount, secondsEach: ALL_SECONDS },
    directory: { count: directoryRefusalsCount, seconds: directoryRefusalsSeconds },
    tokens: { freeCount: settings.addressRefusalsCount, secondsEach: TOKENS_SECONDS },
  };
}

function tooManyAttempts(waitSeconds: number): Error {
  const seconds = Math.max(1, waitSeconds);
  return authProblem.tooManyAttempts(
    `Too many were wrong, so this one was not looked at. Try again in ${seconds} ${seconds === 1 ? 'second' : 'seconds'}; ` +
      'the wait grows with each wrong one and ends by itself.',
    { headers: { 'retry-after': String(seconds) } },
  );
}
