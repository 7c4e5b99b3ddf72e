// The key pairs that sign access tokens: made at the first start, private keys sealed in the database, shared by all
// nodes. What another node changed is read again every few seconds, so a rotation needs no restart.
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../platform/clock/index.js';
import { Database, loadStatement } from '../platform/database/index.js';
import { DataKeyError, SealedColumns, SecretBox } from '../platform/secrets/index.js';
import { ALGORITHM } from './access-token.js';
import { type KeyTimes, signerAt, stateOf } from './domain/key-rotation.js';
import { makeKeyPair, type PublicJwk, placeOf, publicJwkOf } from './signing-keys-pair.js';

export interface SigningKey extends KeyTimes {
  readonly createdAt: Date;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

interface KeyRow {
  readonly kid: string;
  readonly private_key_sealed: Buffer;
  readonly created_at: Date;
  readonly signs_from: Date;
  readonly retired_at: Date | null;
  readonly accepted_until: Date | null;
}

/** Milliseconds for which what was read counts: how long a key that another node revoked is still accepted here. */
export const KEYS_KEPT_MS = 5_000;
/** Milliseconds between two readings because a token names a key that is not known: tokens are made by strangers. */
const UNKNOWN_KEPT_MS = 1_000;

const readSigningKeys = loadStatement('read-signing-keys', import.meta.url);

SealedColumns.add({
  table: 'auth_signing_keys',
  key: 'kid',
  column: 'private_key_sealed',
  place: placeOf,
  isMadeAgain: true,
});

@Injectable()
export class SigningKeys implements OnModuleInit {
  readonly #log = new Logger('auth');
  #keys: ReadonlyMap<string, SigningKey> = new Map();
  #readAtMs = 0;
  #reading: Promise<void> | undefined;
  #readingSinceMs = 0;
  readonly #unreadable = new Set<string>();

  constructor(
    private readonly database: Database,
    private readonly secrets: SecretBox,
    private readonly clock: Clock,
  ) {}

  /** @throws DataKeyError when the stored keys were sealed with another key than this process has. */
  async onModuleInit(): Promise<void> {
    let rows = await this.database.query<KeyRow>(readSigningKeys);
    if (!rows.some((row) => row.retired_at === null)) {
      await this.#insertFirst();
      rows = await this.database.query<KeyRow>(readSigningKeys);
    }
    this.#keys = new Map(rows.map((row) => [row.kid, this.#open(row)]));
    this.#readAtMs = this.clock.monotonicMs();
  }

  /** The key that signs new tokens, of those that `refresh` has read. */
  get active(): SigningKey {
    const signer = signerAt([...this.#keys.values()], this.clock.now());
    if (signer === undefined) throw new Error('No signing key is there. Restart Provost to make one.');
    return signer;
  }

  /** `kid` comes from a token: it is looked up, and never becomes a path or a query. */
  async publicKey(kid: string): Promise<KeyObject | undefined> {
    await this.refresh(this.#keys.has(kid) ? KEYS_KEPT_MS : UNKNOWN_KEPT_MS);
    const key = this.#keys.get(kid);
    return key === undefined || this.#isExpired(key) ? undefined : key.publicKey;
  }

  /** Every key whose tokens are accepted, and the one whose tokens will be. */
  async publicJwks(): Promise<PublicJwk[]> {
    const keys = (await this.all()).filter((key) => !this.#isExpired(key));
    return keys.map(({ kid, publicKey }) => ({ ...publicJwkOf(publicKey), kid, alg: ALGORITHM, use: 'sig' }));
  }

  async all(): Promise<readonly SigningKey[]> {
    await this.refresh();
    return [...this.#keys.values()];
  }

  /**
   * Reads the keys again when what is known is older than `keptMs`. A database that is away changes nothing here: no
   * caller gets in without it, because the session is looked up as well.
   */
  async refresh(keptMs: number = KEYS_KEPT_MS): Promise<void> {
    const oldestMs = this.clock.monotonicMs() - keptMs;
    if (this.#readAtMs > oldestMs) return;
    // A reading that began earlier may not see what the caller must: it is waited for, and another one made.
    if (this.#readingSinceMs <= oldestMs) await this.#reading;
    this.#reading ??= this.#read().finally(() => (this.#reading = undefined));
    await this.#reading;
  }

  async #read(): Promise<void> {
    this.#readingSinceMs = this.clock.monotonicMs();
    try {
      await this.#replace(this.#readingSinceMs);
    } catch (error) {
      this.#log.warn({ reason: String(error) }, 'the signing keys could not be read again');
    }
  }

  async #replace(askedAtMs: number): Promise<void> {
    const rows = await this.database.query<KeyRow>(readSigningKeys);
    const keys = rows.map((row) => this.#tryToOpen(row)).filter((key) => key !== undefined);
    this.#keys = new Map(keys.map((key) => [key.kid, key]));
    this.#readAtMs = askedAtMs;
  }

  #open(row: KeyRow): SigningKey {
    // Public keys come out of the seal as well: whoever can write this table cannot slip in a key of their own.
    const known = this.#keys.get(row.kid);
    const privateKey =
      known?.privateKey ?? createPrivateKey(this.secrets.open(row.private_key_sealed, placeOf(row.kid)));
    return {
      kid: row.kid,
      createdAt: row.created_at,
      signsFrom: row.signs_from,
      retiredAt: row.retired_at,
      acceptedUntil: row.accepted_until,
      privateKey,
      publicKey: known?.publicKey ?? createPublicKey(privateKey),
    };
  }

  /** A row that nobody here has sealed takes no other key with it. */
  #tryToOpen(row: KeyRow): SigningKey | undefined {
    try {
      return this.#open(row);
    } catch (error) {
      if (!(error instanceof DataKeyError)) throw error;
      if (!this.#unreadable.has(row.kid))
        this.#log.error({ kid: row.kid, reason: error.message }, 'a signing key does not open');
      this.#unreadable.add(row.kid);
      return undefined;
    }
  }

  #isExpired(key: SigningKey): boolean {
    return stateOf(key, this.clock.now()) === 'expired';
  }

  /** Of several nodes that start at once, one gives the key that all use. */
  async #insertFirst(): Promise<void> {
    const { kid, privatePem } = await makeKeyPair();
    await this.database.query(
      `insert into auth_signing_keys (kid, private_key_sealed, is_active, signs_from) values ($1, $2, true, $3)
       on conflict (is_active) where is_active do nothing`,
      [kid, this.secrets.seal(privatePem, placeOf(kid)), this.clock.now()],
    );
  }
}
