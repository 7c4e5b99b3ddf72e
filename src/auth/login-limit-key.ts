// The key of the hashes that logins are counted under: one for all nodes, made at the first start, sealed in the database.
import { randomBytes } from 'node:crypto';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database } from '../platform/database/index.js';
import { SealedColumns, SecretBox } from '../platform/secrets/index.js';

const placeOf = (id: string): string => `auth_login_limit_keys/${id}`;
const PLACE = placeOf('true');

SealedColumns.add({
  table: 'auth_login_limit_keys',
  key: 'is_only',
  column: 'key_sealed',
  place: placeOf,
  isMadeAgain: true,
});

@Injectable()
export class LoginLimitKey implements OnModuleInit {
  #bytes: Buffer | undefined;

  constructor(
    private readonly database: Database,
    private readonly secrets: SecretBox,
  ) {}

  /** @throws DataKeyError when it was sealed with another key than this process has. */
  async onModuleInit(): Promise<void> {
    const made = this.secrets.seal(randomBytes(32).toString('base64'), PLACE);
    // Of several nodes that start at once, one gives the key that all use.
    await this.database.query(
      'insert into auth_login_limit_keys (key_sealed) values ($1) on conflict do nothing',
      [made],
    );
    const [stored] = await this.database.query<{ key_sealed: Buffer }>(
      'select key_sealed from auth_login_limit_keys',
    );
    if (stored === undefined) throw new Error('The key of login limits was not stored.');
    this.#bytes = Buffer.from(this.secrets.open(stored.key_sealed, PLACE), 'base64');
  }

  get bytes(): Buffer {
    if (this.#bytes === undefined) throw new Error('The key of login limits is read when the module starts.');
    return this.#bytes;
  }
}
