// The keys of the chain: made once by the first sealer, sealed in the database, so that who owns the database alone
// can neither make seals nor sign checkpoints.
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Database, Transaction } from '../platform/database/index.js';
import { SealedColumns, SecretBox } from '../platform/secrets/index.js';
import { ChainKey } from './chain-key.js';

export interface ChainKeyPair {
  readonly chain: ChainKey;
  readonly signing: SigningKeyPair;
}

/** Ed25519 (RFC 8032). */
export interface SigningKeyPair {
  /** The thumbprint of the public key (RFC 7638). */
  readonly keyId: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

interface KeyRow {
  readonly name: 'chain' | 'checkpoint';
  readonly sealed: Buffer;
}

SealedColumns.add({ table: 'audit_keys', key: 'name', column: 'sealed', place: placeOf });

@Injectable()
export class ChainKeys {
  constructor(private readonly secrets: SecretBox) {}

  /** Null before the first record was sealed. @throws DataKeyError when a key does not open, or stands in another's place. */
  async load(database: Pick<Database, 'query'> | Transaction): Promise<ChainKeyPair | null> {
    const rows = await database.query<KeyRow>('select name, sealed from audit_keys');
    const chain = rows.find(({ name }) => name === 'chain');
    const checkpoint = rows.find(({ name }) => name === 'checkpoint');
    if (!chain || !checkpoint) return null;
    return {
      chain: new ChainKey(Buffer.from(this.secrets.open(chain.sealed, placeOf('chain')), 'base64')),
      signing: signingKeyOf(createPrivateKey(this.secrets.open(checkpoint.sealed, placeOf('checkpoint')))),
    };
  }

  /** Makes the keys; the caller is the only sealer, and there are none. */
  async make(transaction: Transaction): Promise<ChainKeyPair> {
    const chain = randomBytes(32);
    const { privateKey } = generateKeyPairSync('ed25519');
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    await transaction.query('insert into audit_keys (name, sealed) values ($1, $2), ($3, $4)', [
      'chain',
      this.secrets.seal(chain.toString('base64'), placeOf('chain')),
      'checkpoint',
      this.secrets.seal(pem, placeOf('checkpoint')),
    ]);
    return { chain: new ChainKey(chain), signing: signingKeyOf(privateKey) };
  }
}

function placeOf(name: string): string {
  return `audit_keys/${name}/sealed`;
}

function signingKeyOf(privateKey: KeyObject): SigningKeyPair {
  const publicKey = createPublicKey(privateKey);
  const { crv, kty, x } = publicKey.export({ format: 'jwk' });
  const keyId = createHash('sha256').update(JSON.stringify({ crv, kty, x })).digest('base64url');
  return { keyId, privateKey, publicKey };
}
