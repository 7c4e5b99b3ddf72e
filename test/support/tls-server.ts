// A server that speaks TLS at once, or after a few words in clear, and notes what it is told under TLS: a client that
// does not trust it must say nothing.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { TLSSocket, type TLSSocketOptions } from 'node:tls';

export interface ServerCertificate {
  readonly certificateFile: string;
  readonly keyFile: string;
}

export interface TlsServerOptions {
  /** What is answered in clear to the first bytes; TLS begins after it. */
  readonly greeting?: Buffer;
  /** A port of this machine that gets in clear what came under TLS. */
  readonly forwardTo?: number;
  readonly tls?: TLSSocketOptions;
}

export interface TlsServer {
  readonly port: number;
  /** Every byte that came under TLS. */
  readonly heard: Buffer[];
  /** Resolves with the first of them. */
  readonly firstWords: Promise<Buffer>;
  /** How many connections came. */
  readonly count: () => number;
  close(): Promise<void>;
}

export async function startTlsServer(
  certificate: ServerCertificate,
  { greeting, forwardTo, tls = {} }: TlsServerOptions = {},
): Promise<TlsServer> {
  const heard: Buffer[] = [];
  let tell: (words: Buffer) => void;
  const firstWords = new Promise<Buffer>((resolve) => (tell = resolve));
  const sockets = new Set<Socket>();
  let count = 0;
  const keep = <Kind extends Socket>(socket: Kind): Kind => {
    sockets.add(socket);
    return socket.on('error', () => undefined);
  };
  const cert = readFileSync(certificate.certificateFile);
  const key = readFileSync(certificate.keyFile);
  const serve = async (socket: Socket): Promise<void> => {
    count += 1;
    keep(socket);
    if (greeting !== undefined) {
      await once(socket, 'data');
      socket.write(greeting);
    }
    const secured = keep(new TLSSocket(socket, { isServer: true, cert, key, ...tls }));
    secured.on('data', (chunk: Buffer) => {
      heard.push(chunk);
      tell(chunk);
    });
    if (forwardTo === undefined) return;
    const behind = keep(connect(forwardTo, '127.0.0.1'));
    secured.pipe(behind).pipe(secured);
  };
  const server = createServer((socket) => void serve(socket).catch(() => socket.destroy()));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    heard,
    firstWords,
    count: () => count,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
