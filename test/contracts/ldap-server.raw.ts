// LDAP one message at a time, for what ldapts hides: message ids, matched names, the bytes themselves.
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { BerReader, BindRequest } from 'ldapts';

export interface RawResponse {
  readonly id: number;
  /** The tag of the operation: 0x65 ends a search. */
  readonly tag: number;
  readonly code: number;
  readonly matchedDn: string;
  readonly message: string;
}

export interface RawConnection {
  readonly socket: Socket;
  send(bytes: Uint8Array): void;
  /** The next response; undefined when the server has closed the connection. */
  next(): Promise<RawResponse | undefined>;
  close(): void;
}

export async function openRaw(url: string): Promise<RawConnection> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  await once(socket, 'connect');
  socket.on('error', () => undefined);
  const responses = readResponses(socket);
  return {
    socket,
    send: (bytes) => void socket.write(bytes),
    next: async () => (await responses.next()).value,
    close: () => void socket.destroy(),
  };
}

export function bindRequest(messageId: number, dn: string, password: string): Buffer {
  return new BindRequest({ messageId, dn, password }).write();
}

async function* readResponses(socket: Socket): AsyncGenerator<RawResponse, undefined> {
  let bytes = Buffer.alloc(0);
  try {
    for await (const chunk of socket) {
      bytes = Buffer.concat([bytes, chunk as Buffer]);
      for (let size = sizeOf(bytes); size !== undefined; size = sizeOf(bytes)) {
        yield decode(bytes.subarray(0, size));
        bytes = bytes.subarray(size);
      }
    }
  } catch {
    // A reset is an end too.
  }
  return undefined;
}

function sizeOf(bytes: Buffer): number | undefined {
  const reader = new BerReader(bytes);
  if (reader.readSequence() === null) return undefined;
  const size = reader.offset + reader.length;
  return bytes.length < size ? undefined : size;
}

function decode(bytes: Buffer): RawResponse {
  const reader = new BerReader(bytes);
  reader.readSequence();
  const id = reader.readInt() ?? -1;
  const tag = reader.readSequence() ?? -1;
  if (tag === 0x64) return { id, tag, code: 0, matchedDn: '', message: '' };
  const code = reader.readEnumeration() ?? -1;
  const matchedDn = reader.readString() ?? '';
  return { id, tag, code, matchedDn, message: reader.readString() ?? '' };
}
