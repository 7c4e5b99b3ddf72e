// Cuts the byte stream of a connection into LDAP messages, however TCP has torn them.
import { BerError, readHeader, Tag } from './ber.js';

export class MessageSplitter {
  #chunks: Buffer[] = [];
  #size = 0;
  /** The size of the message that is arriving, once its header is here. */
  #wanted: number | undefined;

  /** `limit` is the largest message accepted, in bytes. */
  constructor(public limit: number) {}

  /**
   * The messages that this chunk completes. Throws `BerError` at a message that is not a sequence
   * or announces more bytes than the limit, before any of them are stored.
   */
  *push(chunk: Buffer): Generator<Buffer> {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    for (let message = this.#take(); message !== undefined; message = this.#take()) yield message;
  }

  #take(): Buffer | undefined {
    this.#wanted ??= this.#measure();
    if (this.#wanted === undefined || this.#size < this.#wanted) return undefined;
    const all = this.#joined();
    const message = all.subarray(0, this.#wanted);
    this.#chunks = [all.subarray(this.#wanted)];
    this.#size -= this.#wanted;
    this.#wanted = undefined;
    return message;
  }

  #measure(): number | undefined {
    const header = readHeader(this.#joined());
    if (header === undefined) return undefined;
    if (header.tag !== Tag.sequence) throw new BerError('A message does not begin as an LDAP message');
    const total = header.size + header.length;
    if (total > this.limit) {
      throw new BerError(`A message of ${total} bytes is larger than the ${this.limit} accepted`);
    }
    return total;
  }

  #joined(): Buffer {
    const [only] = this.#chunks;
    const all = only !== undefined && this.#chunks.length === 1 ? only : Buffer.concat(this.#chunks);
    this.#chunks = [all];
    return all;
  }
}
