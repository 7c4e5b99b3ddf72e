// Cuts the stream of bytes into whole messages. Remembers no more than one message's worth of them.
import { malformed, readHeader, TAG } from './ber.js';

const MEBIBYTE = 1024 * 1024;
/** A group of half a million members fits; an announced gigabyte is refused before it is waited for. */
const LARGEST_MESSAGE = 64 * MEBIBYTE;

export class MessageReader {
  #chunks: Buffer[] = [];
  #size = 0;
  /** How many bytes it takes until there is something to decide. */
  #needed = 2;

  /** The messages that `chunk` completed, without their outer header. Throws when a message is not LDAP or too large. */
  push(chunk: Buffer): Buffer[] {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    if (this.#size < this.#needed) return [];
    const buffer = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks);
    const messages: Buffer[] = [];
    let at = 0;
    for (;;) {
      const header = readHeader(buffer, at);
      if (header === undefined) {
        this.#needed = buffer.length - at + 1;
        break;
      }
      if (header.tag !== TAG.sequence) throw malformed('bytes that are not a message');
      if (header.end - at > LARGEST_MESSAGE) {
        throw malformed(`a message of more than ${LARGEST_MESSAGE / MEBIBYTE} MiB`);
      }
      if (header.end > buffer.length) {
        this.#needed = header.end - at;
        break;
      }
      messages.push(buffer.subarray(header.start, header.end));
      at = header.end;
    }
    this.#chunks = at === buffer.length ? [] : [buffer.subarray(at)];
    this.#size = buffer.length - at;
    return messages;
  }

  /** Whether nothing is left over: every byte that came belonged to a whole message. */
  get isEmpty(): boolean {
    return this.#size === 0;
  }
}
