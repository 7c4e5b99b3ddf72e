// The database goes away under a working node, in every way it can: the node stays, says so, and works on by itself.
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { ensureBuilt } from '../../../scripts/project.mjs';
import { Installation, isRunning, type Node, until } from '../../support/installation.js';
import { PASSWORD } from '../../support/operators.js';
import { OwnServer } from '../../support/own-server.js';

const PEOPLE = 20;
const CHANGES = 3;
const CREDENTIALS = { body: { login: 'admin', password: PASSWORD } };
/** No beat for twice the lease of these nodes. */
const SILENT = `select from queue_executors where not is_dead and beat_at < now() - interval '6 seconds'`;

describe('a node whose database goes away', () => {
  const closing: (() => Promise<unknown>)[] = [];

  beforeAll(() => ensureBuilt());
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
  });

  /** Every change accepted, none executed. */
  async function setUp(): Promise<{ server: OwnServer; installation: Installation }> {
    const server = await OwnServer.start();
    closing.push(() => server.remove());
    const installation = await Installation.start(server.directUrl, server.url);
    closing.push(() => installation.close());
    await installation.change(PEOPLE, CHANGES);
    return { server, installation };
  }

  async function untilWorking({ table }: Installation): Promise<void> {
    await until(async () => (await table.writes()).size > 3);
  }

  async function ask(server: OwnServer, query: string): Promise<number> {
    const client = new Client({ connectionString: server.directUrl });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query(query)).rowCount ?? 0;
    } finally {
      await client.end();
    }
  }

  async function isAway(node: Node): Promise<void> {
    await until(async () => (await node.readiness()).status === 503);
    const { checks } = (await node.readiness()).body;
    expect(checks['database']).toMatchObject({ ok: false });
    expect(JSON.stringify(checks)).not.toContain('127.0.0.1');
    expect((await node.request('POST', '/api/v1/auth/login', CREDENTIALS)).status).toBe(503);
  }

  /** By itself, with nothing lost and nothing sent twice. */
  async function worksOn(server: OwnServer, installation: Installation, node: Node): Promise<void> {
    const nothingWaits = 'select where not exists (select from queue_operations)';
    await until(async () => (await ask(server, nothingWaits)) === 1);
    await until(async () => (await node.readiness()).status === 200);
    expect(isRunning(node)).toBe(true);
    expect((await node.request('POST', '/api/v1/auth/login', CREDENTIALS)).status).toBe(200);
    const writes = await installation.table.writes();
    expect(writes.size).toBe(PEOPLE);
    for (const surnames of writes.values()) {
      expect(surnames).toEqual([...new Set(surnames)].sort());
      expect(surnames.at(-1)).toBe(`s${CHANGES - 1}`);
    }
    expect(await ask(server, `select from queue_archive where state not in ('EXECUTED', 'SUPERSEDED')`)).toBe(
      0,
    );
  }

  it.each(['fast', 'immediate'] as const)(
    'stays up and works on after a restart (%s stop)',
    async (how) => {
      const { server, installation } = await setUp();
      const node = installation.node();
      await untilWorking(installation);
      await server.stop(how);
      await isAway(node);
      await server.startAgain();
      await worksOn(server, installation, node);
    },
    180_000,
  );

  it.each([
    ['one of its sessions', 'limit 1'],
    ['all of its sessions', ''],
  ])(
    'works on when the server ends %s',
    async (_, limit) => {
      const { server, installation } = await setUp();
      const node = installation.node();
      await untilWorking(installation);
      const ended = await ask(
        server,
        `select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'provost%' ${limit}`,
      );
      expect(ended).toBeGreaterThan(0);
      await worksOn(server, installation, node);
    },
    180_000,
  );

  it('registers anew when it could not reach the database for longer than its lease', async () => {
    const { server, installation } = await setUp();
    const node = installation.node();
    await untilWorking(installation);
    await server.gate.shut();
    await isAway(node);
    await until(async () => (await ask(server, SILENT)) === 1);
    await server.gate.open();
    await worksOn(server, installation, node);
    expect(await ask(server, 'select from queue_executors where is_dead')).toBeGreaterThan(0);
    expect(await ask(server, 'select from queue_executors where not is_dead')).toBe(1);
  }, 180_000);

  it('sends nothing and doubles nothing when the network swallows everything and delivers it late', async () => {
    const { server, installation } = await setUp();
    const node = installation.node({ PROVOST_DATABASE_WORKER_STATEMENT_TIMEOUT_MS: '2000' });
    await untilWorking(installation);
    server.gate.hold();
    await isAway(node);
    await until(async () => (await ask(server, SILENT)) === 1);
    const before = await installation.table.writes();
    await isAway(node);
    expect(await installation.table.writes()).toEqual(before);
    server.gate.release();
    await worksOn(server, installation, node);
  }, 180_000);
});
