// An upload while it arrives: spooled to a file without a name, so that a slow sender holds neither memory nor a
// database connection, and a crash leaves nothing behind.
import { createHash, randomUUID } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isMediaType, type MediaType, SNIFFED_BYTES, sniffMediaType } from './domain/media-type.js';
import { registryProblem } from './registry.problems.js';

/** The size of a stored piece, in bytes. */
export const CHUNK_BYTES = 262_144;

export interface AttachmentLimits {
  readonly maxBytes: number;
  readonly allowed: readonly MediaType[];
}

export interface Declared {
  /** The sender's Content-Type: it must agree with the bytes. */
  readonly mediaType?: string | undefined;
  /** The sender's Content-Length: what is too large is refused before it is read. */
  readonly sizeBytes?: number | undefined;
}

/** Bytes that arrived whole, and what they are. `dispose` ends it. */
export class ReceivedAttachment {
  constructor(
    /** In lower-case hex. */
    readonly sha256: string,
    readonly sizeBytes: number,
    readonly mediaType: MediaType,
    private readonly file: FileHandle,
  ) {}

  async *chunks(): AsyncGenerator<Buffer> {
    for (let position = 0; position < this.sizeBytes; position += CHUNK_BYTES) {
      const chunk = Buffer.alloc(Math.min(CHUNK_BYTES, this.sizeBytes - position));
      const { bytesRead } = await this.file.read(chunk, 0, chunk.length, position);
      if (bytesRead !== chunk.length) throw new Error('The spooled upload is shorter than what was written.');
      yield chunk;
    }
  }

  async dispose(): Promise<void> {
    await this.file.close();
  }
}

/**
 * Reads `source` to its end.
 * @throws Problem 413 as soon as it is too large, 415 when the bytes are of a kind that is not allowed or not the
 * declared one, 400 when the sender stops.
 */
export async function receiveAttachment(
  source: AsyncIterable<Buffer>,
  limits: AttachmentLimits,
  declared: Declared = {},
): Promise<ReceivedAttachment> {
  refuseBeforeReading(limits, declared);
  const file = await openNameless();
  try {
    const hash = createHash('sha256');
    let head = Buffer.alloc(0);
    let sizeBytes = 0;
    for await (const bytes of readingErrorsNamed(source)) {
      sizeBytes += bytes.length;
      if (sizeBytes > limits.maxBytes) throw tooLarge(limits);
      if (head.length < SNIFFED_BYTES) head = Buffer.concat([head, bytes]).subarray(0, SNIFFED_BYTES);
      hash.update(bytes);
      await file.appendFile(bytes);
    }
    const mediaType = acceptedType(head, limits, declared);
    return new ReceivedAttachment(hash.digest('hex'), sizeBytes, mediaType, file);
  } catch (error) {
    await file.close();
    throw error;
  }
}

function refuseBeforeReading(limits: AttachmentLimits, declared: Declared): void {
  if (declared.sizeBytes !== undefined && declared.sizeBytes > limits.maxBytes) throw tooLarge(limits);
  const { mediaType } = declared;
  if (mediaType !== undefined && !(isMediaType(mediaType) && limits.allowed.includes(mediaType))) {
    throw registryProblem.attachmentTypeRefused(
      `${mediaType} is not accepted here. Send one of: ${limits.allowed.join(', ')}.`,
    );
  }
}

function acceptedType(head: Uint8Array, limits: AttachmentLimits, declared: Declared): MediaType {
  const mediaType = sniffMediaType(head);
  if (mediaType === null || !limits.allowed.includes(mediaType)) {
    throw registryProblem.attachmentTypeRefused(
      `The bytes are ${mediaType ?? 'no kind of file that is known here'}. Send one of: ${limits.allowed.join(', ')}.`,
    );
  }
  if (declared.mediaType !== undefined && declared.mediaType !== mediaType) {
    throw registryProblem.attachmentTypeRefused(
      `The Content-Type says ${declared.mediaType}, but the bytes are ${mediaType}. Send them as what they are.`,
    );
  }
  return mediaType;
}

function tooLarge(limits: AttachmentLimits): Error {
  return registryProblem.attachmentTooLarge(
    `An attachment may have at most ${limits.maxBytes} bytes here. Send a smaller one.`,
  );
}

async function openNameless(): Promise<FileHandle> {
  const path = join(tmpdir(), `provost-upload-${randomUUID()}`);
  const file = await open(path, 'wx+', 0o600);
  await unlink(path);
  return file;
}

/** A sender that goes away is its own mistake, not ours and not the database's. */
async function* readingErrorsNamed(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* source;
  } catch (cause) {
    throw registryProblem.uploadBroken(
      'The upload ended before all its bytes arrived. Nothing was kept; send it again.',
      { cause },
    );
  }
}
