// Hashes and checks passwords with argon2id, so many at a time: a flood of logins must not take the machine.
import { randomBytes } from 'node:crypto';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { hash, verify } from '@node-rs/argon2';
import { type AuthSettings, authSettings } from './auth.config.js';
import { authProblem } from './auth.problems.js';
import { BoundedPool, PoolFullError } from './bounded-pool.js';
import { normalizePassword } from './domain/password.js';
import { isWeaker, readHashParameters } from './domain/password-hash.js';

/** OWASP's parameters for argon2id, the library's default algorithm: 19 MiB, two passes, one lane. */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1, outputLen: 32 };

@Injectable()
export class PasswordHashing {
  readonly #log = new Logger('auth');
  readonly #pool: BoundedPool;
  /** Of a password nobody has; what a login that does not exist is checked against. */
  #nobody: Promise<string> | undefined;

  constructor(
    @Inject(authSettings.token)
    settings: Pick<AuthSettings, 'hashingParallelCount' | 'hashingWaitingCount'>,
  ) {
    this.#pool = new BoundedPool({
      running: settings.hashingParallelCount,
      waiting: settings.hashingWaitingCount,
    });
  }

  /** Makes ready what a login for nobody needs, so that the first one takes no longer than the others. */
  async prepare(): Promise<void> {
    await this.#hashOfNobody();
  }

  /** @throws Problem 503 when too many wait already. */
  async hash(password: string): Promise<string> {
    return this.#inPool(() => hash(normalizePassword(password), PARAMETERS));
  }

  /**
   * Whether `password` is the one of `passwordHash`. Without a hash (nobody has this login), or with one that asks for
   * more than a login may cost, the answer is no, after the same work.
   * @throws Problem 503 when too many wait already.
   */
  async verify(password: string, passwordHash: string | undefined): Promise<boolean> {
    const usable = passwordHash === undefined ? undefined : this.#usable(passwordHash);
    const stored = usable ?? (await this.#hashOfNobody());
    const matches = await this.#inPool(() => verify(stored, normalizePassword(password)));
    return matches && usable !== undefined;
  }

  /** Whether a hash was made with less work than one is made with today: it is replaced when its password comes by. */
  isOutdated(passwordHash: string): boolean {
    const stored = readHashParameters(passwordHash);
    return stored !== undefined && isWeaker(stored, PARAMETERS);
  }

  #usable(passwordHash: string): string | undefined {
    if (readHashParameters(passwordHash) !== undefined) return passwordHash;
    this.#log.error(
      'a stored password hash is not argon2id within its limits; give that operator a new password',
    );
    return undefined;
  }

  #hashOfNobody(): Promise<string> {
    this.#nobody ??= hash(randomBytes(32), PARAMETERS);
    return this.#nobody;
  }

  async #inPool<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await this.#pool.run(work);
    } catch (error) {
      if (!(error instanceof PoolFullError)) throw error;
      throw authProblem.tooManyLogins('Too many passwords are being checked. Try again in a few seconds.', {
        headers: { 'retry-after': '2' },
        cause: error,
      });
    }
  }
}
