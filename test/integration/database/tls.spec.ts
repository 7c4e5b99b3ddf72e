// sslmode=verify-full in DATABASE_URL is kept by every way in: no password is sent to a server that is not proven.
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { migrations } from '../../../migrations/index.js';
import { Database, migrate, schemaState } from '../../../src/platform/database/index.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';
import { skipped } from '../../support/skipped.js';
import { issueCertificate } from '../../support/slapd.js';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
const itWithOpenssl = hasOpenssl ? it : skipped('openssl is not installed');

/** What to connect by, and what the server shows. */
const UNPROVEN = [
  ['whose certificate nobody vouches for', 'server', 'sslmode=verify-full'],
  ['whose certificate is for another name', 'other', 'sslmode=verify-full&sslrootcert=other'],
  ['that speaks no TLS', null, 'sslmode=verify-full'],
] as const;

describe('a database behind TLS', () => {
  let folder: string;
  let database: TestDatabase;
  let front: Server;
  let port: number;
  /** Bytes that came through a TLS connection that the client has accepted. */
  let received = 0;
  const sockets = new Set<Socket>();

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'provost-tls-'));
    if (hasOpenssl) {
      issueCertificate(join(folder, 'server'), 'IP:127.0.0.1');
      issueCertificate(join(folder, 'other'), 'DNS:elsewhere.example.org');
    }
    database = await createTestDatabase();
  });

  afterAll(async () => {
    await database.drop();
    rmSync(folder, { recursive: true });
  });

  beforeEach(() => {
    received = 0;
  });

  for (const [what, certificate, query] of UNPROVEN) {
    itWithOpenssl(`${what} gets no password, whoever connects`, async () => {
      await withFront(certificate, async () => {
        const url = urlWith(query);
        for (const attempt of [connectPool, (to: string) => schemaState(to, migrations), migrateAt])
          await expect(attempt(url)).rejects.toThrow(/certificate|altnames|SSL/);
      });
      expect(received).toBe(0);
    });
  }

  itWithOpenssl('that proves itself is worked with', async () => {
    await withFront('server', async () => {
      const url = urlWith('sslmode=verify-full&sslrootcert=server');
      await connectPool(url);
      expect(await schemaState(url, migrations)).toEqual({ pending: [], unknown: [] });
      expect(await migrateAt(url)).toEqual([]);
    });
    expect(received).toBeGreaterThan(0);
  });

  async function connectPool(url: string): Promise<void> {
    const pool = new Database({ url, applicationName: 'test', poolSize: 1, statementTimeoutMs: 5_000 });
    try {
      await pool.connect();
      expect(await pool.query('select 1 as one')).toEqual([{ one: 1 }]);
    } finally {
      await pool.close();
    }
  }

  function migrateAt(url: string): Promise<string[]> {
    return migrate({ url, migrations, log: () => undefined });
  }

  function urlWith(query: string): string {
    const url = new URL(database.url);
    url.port = String(port);
    url.search = query.replace(
      /sslrootcert=(.*)$/,
      (_, file: string) => `sslrootcert=${join(folder, file, 'ca.pem')}`,
    );
    return url.href;
  }

  /** A server that wraps the real one in TLS, as PostgreSQL does: the client asks first, in clear. */
  async function withFront(certificate: string | null, work: () => Promise<void>): Promise<void> {
    front = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('data', () => {
        socket.write(certificate === null ? 'N' : 'S');
        if (certificate !== null) wrap(socket, certificate);
      });
    });
    front.listen(0, '127.0.0.1');
    await once(front, 'listening');
    port = (front.address() as AddressInfo).port;
    try {
      await work();
    } finally {
      for (const socket of sockets) socket.destroy();
      front.close();
      await once(front, 'close');
    }
  }

  function wrap(socket: Socket, certificate: string): void {
    const secure = new TLSSocket(socket, {
      isServer: true,
      key: readFileSync(join(folder, certificate, 'server.key')),
      cert: readFileSync(join(folder, certificate, 'server.pem')),
    });
    const { hostname, port: realPort } = new URL(database.url);
    const real = connect(Number(realPort), hostname);
    sockets.add(real);
    for (const end of [secure, real]) end.on('error', () => undefined);
    secure.on('data', ({ length }: Buffer) => {
      received += length;
    });
    secure.pipe(real).pipe(secure);
  }
});
