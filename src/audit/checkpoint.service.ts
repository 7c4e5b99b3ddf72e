// Signs where the chain is, and keeps the file of it honest: a chain that contradicts the last line is not signed.
import { Injectable } from '@nestjs/common';
import { Clock } from '../platform/clock/index.js';
import { Database } from '../platform/database/index.js';
import { ChainDamagedError } from './chain-damaged-error.js';
import { ChainKeys, type ChainKeyPair } from './chain-keys.js';
import { loadAnchor, loadHead } from './chain-store.js';
import { CheckpointFile } from './checkpoint-file.js';
import { type Checkpoint, isSigned, signCheckpoint } from './checkpoints.js';

/** A checkpoint for people and programs elsewhere. */
export interface PublishedCheckpoint extends Checkpoint {
  /** In PEM (SPKI). */
  readonly publicKey: string;
}

@Injectable()
export class Checkpoints {
  constructor(
    private readonly database: Database,
    private readonly keys: ChainKeys,
    private readonly file: CheckpointFile,
    private readonly clock: Clock,
  ) {}

  /** A checkpoint of the end of the chain; null before its beginning. @throws DataKeyError, ChainDamagedError */
  async sign(): Promise<PublishedCheckpoint | null> {
    const keys = await this.keys.load(this.database);
    const head = keys && (await loadHead(this.database, keys.chain));
    if (!keys || !head) return null;
    return {
      ...signCheckpoint(keys.signing, head, this.clock.now()),
      publicKey: keys.signing.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    };
  }

  /**
   * Appends a checkpoint to the file when the chain grew since the last line.
   * @throws ChainDamagedError; the file is left as it is, for it is the evidence
   */
  async write(): Promise<Checkpoint | null> {
    const keys = await this.keys.load(this.database);
    const head = keys && (await loadHead(this.database, keys.chain));
    if (!keys || !head) return null;
    const last = await this.file.newest();
    if (last?.position === head.position && last.hash === head.hash.toString('hex')) return null;
    if (last) await this.#refuseContradiction(last, keys);
    const checkpoint = signCheckpoint(keys.signing, head, this.clock.now());
    await this.file.append(checkpoint);
    return checkpoint;
  }

  /**
   * The last line of the file when this chain's key signed it and the chain is not the one it speaks of: the database
   * holds an older or another past. Null otherwise.
   * @throws DataKeyError, ChainDamagedError
   */
  async contradiction(): Promise<Checkpoint | null> {
    const keys = await this.keys.load(this.database);
    const last = keys && (await this.file.newest());
    if (!keys || !last || !isSigned(keys, last)) return null;
    return (await this.#isOfThisChain(last, keys)) ? null : last;
  }

  async #refuseContradiction(last: Checkpoint, keys: ChainKeyPair): Promise<void> {
    if (isSigned(keys, last) && (await this.#isOfThisChain(last, keys))) return;
    throw new ChainDamagedError(
      `The audit chain is not the one that ${this.file.path} speaks of at position ${last.position}: it was cut, ` +
        'made anew, or belongs to another database. Move the file away in the last case.',
    );
  }

  async #isOfThisChain(last: Checkpoint, keys: ChainKeyPair): Promise<boolean> {
    const [seal] = await this.database.query<{ hash: Buffer }>(
      'select hash from audit_seals where position = $1',
      [last.position],
    );
    // After the seal: the retention may remove it meanwhile.
    const anchor = await loadAnchor(this.database, keys.chain);
    if (last.position < anchor.position) return true;
    const hash = last.position === anchor.position ? anchor.hash : seal?.hash;
    return hash?.toString('hex') === last.hash;
  }
}
