// Bytes in PostgreSQL by what they contain: stored once, kept as long as a form value refers to them.
import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Database, loadStatement, type Transaction } from '../platform/database/index.js';
import { CHUNK_BYTES, type ReceivedAttachment } from './received-attachment.js';

const keepAttachment = loadStatement('keep-attachment', import.meta.url);
const lockAttachments = loadStatement('lock-attachments', import.meta.url);
const deleteOrphanAttachments = loadStatement('delete-orphan-attachments', import.meta.url);

/** The attachment was removed, for example because a newer one took its place: look the value up again. */
export class AttachmentGoneError extends Error {
  override readonly name = 'AttachmentGoneError';

  constructor(sha256: string) {
    super(`The attachment ${sha256} is no longer there. Its form value has changed: read it again.`);
  }
}

@Injectable()
export class Attachments {
  constructor(private readonly database: Database) {}

  /**
   * Stores the bytes unless they are there already; a form value that refers to them must follow.
   * @param replaced the attachment whose place this one takes: both are locked, in the order everybody uses.
   */
  async store(
    transaction: Transaction,
    received: ReceivedAttachment,
    replaced: string | null = null,
  ): Promise<void> {
    if (replaced !== null && replaced < received.sha256) await lock(transaction, [replaced]);
    await this.#keep(transaction, received);
    if (replaced !== null && replaced > received.sha256) await lock(transaction, [replaced]);
  }

  /** Removes those that nothing refers to any more; the values that referred to them must be gone before. */
  async release(transaction: Transaction, sha256: readonly string[]): Promise<void> {
    if (sha256.length === 0) return;
    await lock(transaction, sha256);
    await transaction.query(deleteOrphanAttachments, [sha256.map(fromHex)]);
  }

  /** The bytes, piece by piece; no connection is held while the reader is slow. @throws AttachmentGoneError */
  async *stream(sha256: string): AsyncGenerator<Buffer> {
    const [attachment] = await this.database.query<{ size_bytes: number }>(
      'select size_bytes from registry_attachments where sha256 = $1',
      [fromHex(sha256)],
    );
    if (attachment === undefined) throw new AttachmentGoneError(sha256);
    for (let ordinal = 0; ordinal * CHUNK_BYTES < attachment.size_bytes; ordinal += 1) {
      const [chunk] = await this.database.query<{ bytes: Buffer }>(
        'select bytes from registry_attachment_chunks where sha256 = $1 and ordinal = $2',
        [fromHex(sha256), ordinal],
      );
      if (chunk === undefined) throw new AttachmentGoneError(sha256);
      yield chunk.bytes;
    }
  }

  /** All the bytes, proved to be those that were stored. @throws AttachmentGoneError */
  async read(sha256: string): Promise<Buffer> {
    const chunks: Buffer[] = [];
    for await (const chunk of this.stream(sha256)) chunks.push(chunk);
    const bytes = Buffer.concat(chunks);
    if (createHash('sha256').update(bytes).digest('hex') !== sha256) {
      throw new Error(`The attachment ${sha256} is damaged in the database. Upload it again.`);
    }
    return bytes;
  }

  async #keep(transaction: Transaction, received: ReceivedAttachment): Promise<void> {
    const sha256 = fromHex(received.sha256);
    await transaction.query(keepAttachment, [sha256, received.sizeBytes, received.mediaType]);
    // Asked apart: the statement above may have waited for the one who stores the same bytes now.
    const stored = await transaction.query(
      'select from registry_attachment_chunks where sha256 = $1 limit 1',
      [sha256],
    );
    if (stored.length > 0) return;
    let ordinal = 0;
    for await (const chunk of received.chunks()) {
      await transaction.query(
        'insert into registry_attachment_chunks (sha256, ordinal, bytes) values ($1, $2, $3)',
        [sha256, ordinal, chunk],
      );
      ordinal += 1;
    }
  }
}

async function lock(transaction: Transaction, sha256: readonly string[]): Promise<void> {
  await transaction.query(lockAttachments, [sha256.map(fromHex)]);
}

function fromHex(sha256: string): Buffer {
  return Buffer.from(sha256, 'hex');
}
