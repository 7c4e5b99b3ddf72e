// A directory server that says what a test tells it to, however wrong: for answers no real server gives on demand.
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { BerWriter } from 'ldapts';
import { readElements, toInteger } from '../../src/platform/directory/ber.js';
import { MessageReader } from '../../src/platform/directory/message-reader.js';

export interface ScriptedRequest {
  readonly id: number;
  /** The protocol operation's tag, such as `REQUEST.search`. */
  readonly tag: number;
  readonly content: Buffer;
  /** How many requests of this kind came before, over all connections. */
  readonly count: number;
}

export const REQUEST = {
  bind: 0x60,
  unbind: 0x42,
  search: 0x63,
  modify: 0x66,
  add: 0x68,
  delete: 0x4a,
  rename: 0x6c,
  extended: 0x77,
} as const;

/** The messages that answer a request; undefined answers nothing. */
export type Script = (request: ScriptedRequest) => readonly Buffer[] | undefined;

export class ScriptedDirectory {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #counts = new Map<number, number>();
  /** Every byte that clients sent. */
  readonly received: Buffer[] = [];
  readonly requests: ScriptedRequest[] = [];
  connections = 0;

  private constructor(script: Script) {
    this.#server = createServer((socket) => this.#accept(socket, script));
  }

  static async start(script: Script): Promise<ScriptedDirectory> {
    const directory = new ScriptedDirectory(script);
    directory.#server.listen(0, '127.0.0.1');
    await once(directory.#server, 'listening');
    return directory;
  }

  get url(): string {
    const address = this.#server.address();
    return `ldap://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #accept(socket: Socket, script: Script): void {
    this.connections += 1;
    this.#sockets.add(socket);
    const reader = new MessageReader();
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('data', (chunk: Buffer) => {
      this.received.push(chunk);
      // A TLS handshake, for example: such a client gets what the script says to request 0.
      const isLdap = chunk[0] === 0x30;
      if (!isLdap)
        socket.write(Buffer.concat([...(script({ id: 0, tag: 0, content: chunk, count: 0 }) ?? [])]));
      for (const bytes of isLdap ? reader.push(chunk) : []) {
        const request = this.#toRequest(bytes);
        this.requests.push(request);
        const answers = script(request);
        if (answers !== undefined) socket.write(Buffer.concat(answers));
      }
    });
  }

  #toRequest(bytes: Buffer): ScriptedRequest {
    const [id, operation] = readElements(bytes);
    const tag = operation?.tag ?? 0;
    const count = this.#counts.get(tag) ?? 0;
    this.#counts.set(tag, count + 1);
    return {
      id: toInteger(id?.content ?? Buffer.of(0)),
      tag,
      content: operation?.content ?? Buffer.alloc(0),
      count,
    };
  }
}

/** A server that lets us in as `dn:cn=provost` and otherwise follows the script. */
export function loggedIn(script: Script, identity = 'dn:cn=provost'): Script {
  return (request) => {
    if (request.tag === REQUEST.bind) return [result(request.id, 0x61)];
    if (request.tag === REQUEST.extended) return [result(request.id, 0x78, { value: identity })];
    return script(request);
  };
}

/** A message that ends an exchange. */
export function result(
  id: number,
  tag: number,
  more: {
    code?: number;
    diagnostic?: string;
    value?: string;
    /** Where else to ask. */
    referral?: string;
    controls?: Readonly<Record<string, Buffer>>;
  } = {},
): Buffer {
  return message(
    id,
    tag,
    (writer) => {
      writer.writeEnumeration(more.code ?? 0);
      writer.writeString('');
      writer.writeString(more.diagnostic ?? '');
      if (more.referral !== undefined) {
        writer.startSequence(0xa3);
        writer.writeString(more.referral);
        writer.endSequence();
      }
      if (more.value !== undefined) writer.writeString(more.value, 0x8b);
    },
    more.controls,
  );
}

export function entry(
  id: number,
  dn: string,
  attributes: Readonly<Record<string, readonly string[]>>,
): Buffer {
  return message(id, 0x64, (writer) => {
    writer.writeString(dn);
    writer.startSequence();
    for (const [name, values] of Object.entries(attributes)) {
      writer.startSequence();
      writer.writeString(name);
      writer.startSequence(0x31);
      writer.writeStringArray([...values]);
      writer.endSequence();
      writer.endSequence();
    }
    writer.endSequence();
  });
}

export function reference(id: number, url: string): Buffer {
  return message(id, 0x73, (writer) => writer.writeString(url));
}

/** The value of a paged results control. */
export function pageCookie(cookie: string): Buffer {
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeInt(0);
  writer.writeString(cookie);
  writer.endSequence();
  return writer.buffer;
}

function message(
  id: number,
  tag: number,
  write: (writer: BerWriter) => void,
  controls: Readonly<Record<string, Buffer>> = {},
): Buffer {
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeInt(id);
  writer.startSequence(tag);
  write(writer);
  writer.endSequence();
  if (Object.keys(controls).length > 0) {
    writer.startSequence(0xa0);
    for (const [oid, value] of Object.entries(controls)) {
      writer.startSequence();
      writer.writeString(oid);
      writer.writeBuffer(value, 0x04);
      writer.endSequence();
    }
    writer.endSequence();
  }
  writer.endSequence();
  return writer.buffer;
}
