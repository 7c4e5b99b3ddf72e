// Cuts a stream of LDAP into messages and says of each what a fault has to know. Reads BER by itself: a witness must
// not share the reader of the code it watches.

export type WriteKind = 'add' | 'modify' | 'rename' | 'delete';

export interface LdapFrame {
  /** The whole message, as it is to be passed on. */
  readonly bytes: Buffer;
  readonly messageId: number;
  /** A request that changes the directory. */
  readonly write?: { readonly kind: WriteKind; readonly dn: string };
  /** The answer to such a request: its result code. */
  readonly result?: number;
}

interface Element {
  readonly tag: number;
  readonly start: number;
  readonly end: number;
}

const SEQUENCE = 0x30;
const REQUESTS = new Map<number, WriteKind>([
  [0x68, 'add'],
  [0x66, 'modify'],
  [0x6c, 'rename'],
  [0x4a, 'delete'],
]);
const ANSWERS: ReadonlySet<number> = new Set([0x69, 0x67, 0x6d, 0x6b]);

export class LdapFrames {
  #rest: Buffer = Buffer.alloc(0);

  /** The messages that `chunk` completed. @throws when the stream is no LDAP */
  push(chunk: Buffer): LdapFrame[] {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const frames: LdapFrame[] = [];
    for (;;) {
      const message = elementAt(this.#rest, 0);
      if (message !== undefined && message.tag !== SEQUENCE) throw new Error('This stream is no LDAP.');
      if (message === undefined || message.end > this.#rest.length) return frames;
      frames.push(frameOf(this.#rest, message));
      this.#rest = this.#rest.subarray(message.end);
    }
  }
}

function frameOf(buffer: Buffer, message: Element): LdapFrame {
  const id = required(buffer, message.start);
  const operation = required(buffer, id.end);
  const frame = {
    bytes: buffer.subarray(0, message.end),
    messageId: buffer.readUIntBE(id.start, id.end - id.start),
  };
  const kind = REQUESTS.get(operation.tag);
  if (kind !== undefined) {
    // A deletion is nothing but the name; the others begin with it.
    const name = kind === 'delete' ? operation : required(buffer, operation.start);
    return { ...frame, write: { kind, dn: buffer.toString('utf8', name.start, name.end) } };
  }
  if (!ANSWERS.has(operation.tag)) return frame;
  const code = required(buffer, operation.start);
  return { ...frame, result: buffer.readUIntBE(code.start, code.end - code.start) };
}

function required(buffer: Buffer, at: number): Element {
  const element = elementAt(buffer, at);
  if (element === undefined) throw new Error('This LDAP message ends within an element.');
  return element;
}

/** Undefined while its length is not there yet; its content may still be missing. */
function elementAt(buffer: Buffer, at: number): Element | undefined {
  const tag = buffer[at];
  const first = buffer[at + 1];
  if (tag === undefined || first === undefined) return undefined;
  if (first < 0x80) return { tag, start: at + 2, end: at + 2 + first };
  const size = first & 0x7f;
  const start = at + 2 + size;
  if (size === 0 || size > 4) throw new Error('This stream is no LDAP.');
  if (buffer.length < start) return undefined;
  return { tag, start, end: start + buffer.readUIntBE(at + 2, size) };
}
