// Logging in with the directory: found as Provost, then bound as the one entry that was found. The directory compares
// the password, whatever it keeps of it; Provost never does.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { Dialer } from '../../platform/dialer/index.js';
import {
  type ConnectionOptions,
  DirectoryConnection,
  DirectoryConnectionError,
  DirectoryPool,
  DirectoryResultError,
  type DirectorySettings,
  directorySettings,
  formatDn,
  isSameDn,
  isWithin,
  parseDn,
  readRootDse,
} from '../../platform/directory/index.js';
import { withDeadline, wordsOf } from '../../platform/failures/index.js';
import { Secret } from '../../platform/logging/index.js';
import { authProblem } from '../auth.problems.js';
import { BoundedPool, PoolFullError } from '../bounded-pool.js';
import {
  type AccountPlace,
  type DirectoryAccount,
  type DirectoryRealm,
  type FoundAccount,
  findAt,
  findByLogin,
  placeOf,
} from './account-lookup.js';

const SEARCHES_AT_ONCE = 4;
const BINDS_AT_ONCE = { running: 8, waiting: 40 };
const CONNECT_MS = 5_000;
const CALL_MS = 10_000;

/** Answers to a bind that are about the account: everything else says that the directory is not well. */
const REFUSALS: ReadonlySet<number> = new Set([
  19, // constraintViolation: some servers say so of a locked account
  32, // noSuchObject
  48, // inappropriateAuthentication: it has no password
  49, // invalidCredentials
  50, // insufficientAccessRights
  53, // unwillingToPerform
]);

@Injectable()
export class DirectoryAccounts implements OnModuleDestroy {
  readonly #log = new Logger('auth');
  readonly #connection: ConnectionOptions | undefined;
  readonly #pool: DirectoryPool | undefined;
  readonly #binds = new BoundedPool(BINDS_AT_ONCE);
  readonly #never = new AbortController().signal;

  constructor(
    @Inject(directorySettings.token) private readonly settings: DirectorySettings,
    dialer: Dialer,
  ) {
    this.#connection = connectionOf(settings, dialer);
    this.#pool =
      this.#connection &&
      new DirectoryPool({
        ...this.#connection,
        poolSize: SEARCHES_AT_ONCE,
        connectTimeoutMs: CONNECT_MS,
        callTimeoutMs: CALL_MS,
      });
  }

  onModuleDestroy(): void {
    this.#pool?.close();
  }

  /** Where the accounts of a realm are. @throws Problem 422, the same for every login, where it is not configured */
  placeOf(realm: DirectoryRealm): AccountPlace {
    const place = placeOf(realm, this.settings);
    if (place !== undefined && this.#pool !== undefined) return place;
    throw authProblem.realmNotConfigured(
      `Nobody logs in with the realm ${realm} here: the directory is not configured for it. ` +
        'Leave `realm` out to log in with a password that Provost keeps, or ask who runs the service.',
    );
  }

  /** Whether there is a directory to log in with. @throws when it does not answer, or does not let Provost in */
  async reach(signal: AbortSignal): Promise<boolean> {
    await this.#pool?.use(signal, readRootDse);
    return this.#pool !== undefined;
  }

  /**
   * The account with this login, when the directory takes the password for it and it is not locked. An unknown login is
   * bound as well, under a name that nobody has: both ask the same of the directory.
   * @param beforeBind called when the password is about to be passed on: whatever fails after that, it may have been
   * compared
   * @throws Problem 422 where the realm is not configured; 503 when the directory does not answer as it should
   */
  async check(
    realm: DirectoryRealm,
    login: string,
    password: Secret,
    beforeBind: () => void = () => undefined,
  ): Promise<DirectoryAccount | undefined> {
    const place = this.placeOf(realm);
    const found = await this.#search((connection, signal) => findByLogin(connection, place, login, signal));
    const isRight = await this.#bind({ bindDn: found?.dn ?? nobodyBelow(place), password, beforeBind });
    // Only now: a lock that has run out is taken away by the bind, and the entry may have changed meanwhile.
    const now = await this.#entryOf(realm, found ?? { dn: place.base, login, uuid: null });
    return found !== undefined && isRight && now?.lock === 'none' ? now : undefined;
  }

  /**
   * The account of an open session as it is now; undefined when it is gone, was moved or replaced, or is locked for good.
   * @throws Problem 422 where the realm is not configured any more; 503 when the directory does not answer as it should,
   * or the lock may run out: a stranger who guesses passwords must not end a session
   */
  async standing(
    realm: DirectoryRealm,
    account: Pick<DirectoryAccount, 'dn' | 'login' | 'uuid'>,
  ): Promise<DirectoryAccount | undefined> {
    const now = await this.#entryOf(realm, account);
    if (now?.lock === 'temporary') {
      throw authProblem.accountLocked(
        'The directory has locked this account for now, and its session stands. Try again in a minute. ' +
          'Where the lock has run out already, logging in again removes it; otherwise whoever keeps the directory can.',
        { headers: { 'retry-after': '60' } },
      );
    }
    return now?.lock === 'none' ? now : undefined;
  }

  async #entryOf(
    realm: DirectoryRealm,
    account: Pick<DirectoryAccount, 'dn' | 'login' | 'uuid'>,
  ): Promise<FoundAccount | undefined> {
    const place = this.placeOf(realm);
    if (!isWithin(account.dn, place.base)) return undefined;
    const now = await this.#search((connection, signal) => findAt(connection, place, account, signal));
    return now?.uuid === account.uuid ? now : undefined;
  }

  async #search<Found>(
    work: (connection: DirectoryConnection, signal: AbortSignal) => Promise<Found>,
  ): Promise<Found> {
    if (this.#pool === undefined) throw new Error('No directory is configured.');
    try {
      return await this.#pool.use(this.#never, work);
    } catch (error) {
      throw this.#unavailable(error);
    }
  }

  /** Whether the directory takes the password for this DN, and then knows us by it. */
  async #bind(as: Pick<Required<ConnectionOptions>, 'bindDn' | 'password' | 'beforeBind'>): Promise<boolean> {
    const options = this.#connection;
    if (options === undefined) throw new Error('No directory is configured.');
    try {
      const boundAs = await this.#binds.run(() =>
        withDeadline(this.#never, CONNECT_MS, async (signal) => {
          const connection = await DirectoryConnection.open({ ...options, ...as }, signal);
          connection.close();
          return connection.boundAs;
        }),
      );
      return !boundAs.startsWith('dn:') || isSameDn(boundAs.slice('dn:'.length), as.bindDn);
    } catch (error) {
      if (error instanceof DirectoryResultError && REFUSALS.has(error.code)) return false;
      if (error instanceof DirectoryConnectionError && error.failure === 'anonymous') return false;
      throw this.#unavailable(error);
    }
  }

  #unavailable(error: unknown): Error {
    if (error instanceof PoolFullError) {
      return authProblem.tooManyLogins(
        'Too many passwords are being checked by the directory. Try again in a few seconds.',
        { headers: { 'retry-after': '2' }, cause: error },
      );
    }
    if (!(error instanceof DirectoryConnectionError || error instanceof DirectoryResultError)) {
      return error instanceof Error ? error : new Error(wordsOf(error));
    }
    this.#log.error(
      { reason: wordsOf(error) },
      'the directory that checks logins does not answer as it should',
    );
    return authProblem.directoryUnavailable(
      'The directory does not answer as it should, so nobody can be let in by it. Try again in a few seconds; the log says more.',
      { headers: { 'retry-after': '5' }, cause: error },
    );
  }
}

/** Undefined where no directory is configured. */
function connectionOf(settings: DirectorySettings, dialer: Dialer): ConnectionOptions | undefined {
  const { url, bindDn, password, startTls, caFile } = settings;
  if (url === undefined || bindDn === undefined || password === undefined) return undefined;
  const isSecure = url.startsWith('ldaps:');
  // People's passwords go through here: in clear they stay on this machine.
  const staysLocal = !isSecure && !startTls;
  return {
    url,
    bindDn,
    password,
    startTls: startTls && !isSecure,
    caCertificate: caFile === undefined ? undefined : readFileSync(caFile, 'utf8'),
    dial: (address, signal) => dialer.connect({ ...address, purpose: 'directory', staysLocal }, signal),
  };
}

/** A DN that no entry has, as long as those that have one. */
function nobodyBelow({ base, loginAttribute }: AccountPlace): string {
  const name = [{ type: loginAttribute, value: randomUUID(), isHex: false }];
  return formatDn([name, ...parseDn(base)]);
}
