// The key pairs that sign access tokens: made at the first start, private keys sealed in the database, shared by all nodes.
import { createHash, createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database } from '../platform/database/index.js';
import { SecretBox } from '../platform/secrets/index.js';
import { ALGORITHM } from './access-token.js';

export interface SigningKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
}

/** A public key as other parties read it (RFC 7517, RFC 7518 §6.2). */
export interface PublicJwk {
  readonly kty: 'EC';
  readonly crv: 'P-256';
  readonly x: string;
  readonly y: string;
  readonly kid: string;
  readonly alg: 'ES256';
  readonly use: 'sig';
}

interface KeyRow {
  readonly kid: string;
  readonly private_key_sealed: Buffer;
  readonly is_active: boolean;
}

@Injectable()
export class SigningKeys implements OnModuleInit {
  #active: SigningKey | undefined;
  readonly #publicKeys = new Map<string, KeyObject>();

  constructor(
    private readonly database: Database,
    private readonly secrets: SecretBox,
  ) {}

  /** @throws DataKeyError when the stored keys were sealed with another key than this process has. */
  async onModuleInit(): Promise<void> {
    let rows = await this.#read();
    if (!rows.some((row) => row.is_active)) {
      await this.#insertFirst();
      rows = await this.#read();
    }
    for (const row of rows) {
      // Public keys come out of the seal as well: whoever can write this table cannot slip in a key of their own.
      const privateKey = createPrivateKey(this.secrets.open(row.private_key_sealed, placeOf(row.kid)));
      this.#publicKeys.set(row.kid, createPublicKey(privateKey));
      if (row.is_active) this.#active = { kid: row.kid, privateKey };
    }
  }

  /** The key that signs new tokens. */
  get active(): SigningKey {
    if (this.#active === undefined) throw new Error('The signing keys are read when the module starts.');
    return this.#active;
  }

  /** `kid` comes from a token: it is looked up, and never becomes a path or a query. */
  publicKey(kid: string): KeyObject | undefined {
    return this.#publicKeys.get(kid);
  }

  publicJwks(): PublicJwk[] {
    return [...this.#publicKeys].map(([kid, key]) => ({ ...pointOf(key), kid, alg: ALGORITHM, use: 'sig' }));
  }

  #read(): Promise<KeyRow[]> {
    return this.database.query<KeyRow>(
      'select kid, private_key_sealed, is_active from auth_signing_keys order by created_at, kid',
    );
  }

  /** Of several nodes that start at once, one gives the key that all use. */
  async #insertFirst(): Promise<void> {
    const { privateKey, publicKey } = await promisify(generateKeyPair)('ec', { namedCurve: 'P-256' });
    const kid = thumbprintOf(publicKey);
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    await this.database.query(
      `insert into auth_signing_keys (kid, private_key_sealed, is_active) values ($1, $2, true)
       on conflict (is_active) where is_active do nothing`,
      [kid, this.secrets.seal(pem, placeOf(kid))],
    );
  }
}

function placeOf(kid: string): string {
  return `auth_signing_keys/${kid}`;
}

function pointOf(key: KeyObject): Pick<PublicJwk, 'kty' | 'crv' | 'x' | 'y'> {
  const { x = '', y = '' } = key.export({ format: 'jwk' });
  return { kty: 'EC', crv: 'P-256', x, y };
}

/** RFC 7638: the members that define the key, in alphabetical order. */
function thumbprintOf(key: KeyObject): string {
  const { crv, kty, x, y } = pointOf(key);
  return createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
}
