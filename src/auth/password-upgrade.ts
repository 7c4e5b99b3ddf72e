// Makes an old hash as strong as new ones at the only moment when its password is at hand: after a login.
import { Injectable, Logger } from '@nestjs/common';
import { Database } from '../platform/database/index.js';
import type { OperatorEntity } from './operator.entity.js';
import { PasswordHashing } from './password-hashing.js';

@Injectable()
export class PasswordUpgrade {
  readonly #log = new Logger('auth');

  constructor(
    private readonly database: Database,
    private readonly passwords: PasswordHashing,
  ) {}

  /** The password is the same: sessions stay, and so does the version. Never fails the login it follows. */
  async afterLogin(operator: Pick<OperatorEntity, 'id' | 'passwordHash'>, password: string): Promise<void> {
    const { id, passwordHash } = operator;
    if (passwordHash === null || !this.passwords.isOutdated(passwordHash)) return;
    try {
      const made = await this.passwords.hash(password);
      await this.database.query(
        'update auth_operators set password_hash = $3 where id = $1 and password_hash = $2',
        [id, passwordHash, made],
      );
    } catch (error) {
      this.#log.warn({ reason: String(error) }, 'a password hash was not made again; the next login tries');
    }
  }
}
