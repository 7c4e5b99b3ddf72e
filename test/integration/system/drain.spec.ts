// A node is told to go while it works: what it has in hand ends, what it has not begun is nobody's attempt.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { ensureBuilt } from '../../../scripts/project.mjs';
import { Installation, until } from '../../support/installation.js';
import { PASSWORD } from '../../support/operators.js';
import { createTestDatabase } from '../../support/postgres.js';
import { root } from '../../support/repository.js';

describe('a node that is told to stop', () => {
  const closing: (() => Promise<unknown>)[] = [];

  beforeAll(() => ensureBuilt());
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
  });

  async function anInstallation(): Promise<Installation> {
    const database = await createTestDatabase();
    closing.push(database.drop);
    const installation = await Installation.start(database.url);
    closing.push(() => installation.close());
    return installation;
  }

  it('claims nothing more, ends what runs, counts no attempt for the rest, and answers meanwhile', async () => {
    const installation = await anInstallation();
    const { table, client } = installation;
    await installation.change(40, 3);
    const node = installation.node({ PROVOST_QUEUE_CONCURRENCY: '4' });
    const { body } = await node.request('POST', '/api/v1/auth/login', {
      body: { login: 'admin', password: PASSWORD },
    });
    const token = String(body.accessToken);
    await until(async () => (await table.writes()).size > 3);
    table.gate.hold();
    await table.gate.untilSomethingWaits();

    const stopping = node.kill('SIGTERM');
    await node.says('Stopping');
    await until(async () => (await node.readiness()).status === 503);
    const { rows } = await client.query<{ now: Date }>('select clock_timestamp() as now');
    const { body: readiness } = await node.readiness();
    expect(readiness.checks['process']).toMatchObject({ ok: false });
    expect((await node.request('GET', '/api/v1/identities?limit=1', { token })).status).toBe(200);
    table.gate.release();

    expect(await stopping).toEqual({ code: 0, signal: null });
    const { rows: later } = await client.query('select from queue_attempts where started_at > $1', [
      rows[0]?.now,
    ]);
    expect(later).toHaveLength(0);
    expect(await installation.count('queue_operations')).toBeGreaterThan(0);
    expect(await installation.count('queue_operations where attempts > 0 or crashes > 0')).toBe(0);
    expect(await installation.count(`queue_lanes where state = 'leased'`)).toBe(0);
    expect(await installation.count('queue_executors where not is_dead')).toBe(0);

    installation.node();
    await installation.settled();
    expect(await installation.count(`queue_attempts where outcome <> 'executed'`)).toBe(0);
    for (const surnames of (await table.writes()).values()) {
      expect(surnames).toEqual([...new Set(surnames)].sort());
      expect(surnames.at(-1)).toBe('s2');
    }
  }, 120_000);

  it('ends at once when it is told a second time, and another one takes over', async () => {
    const installation = await anInstallation();
    const { table } = installation;
    await installation.change(1, 1);
    table.gate.hold();
    const node = installation.node({ PROVOST_QUEUE_TIME_FACTOR: '1' });
    await table.gate.untilSomethingWaits();
    const ended = node.kill('SIGTERM');
    await node.says('Stopping');
    const again = setInterval(() => node.process.kill('SIGTERM'), 100);
    try {
      expect(await ended).toEqual({ code: 128 + 15, signal: null });
    } finally {
      clearInterval(again);
    }
    expect(await installation.count(`queue_lanes where state = 'leased'`)).toBe(1);

    table.gate.release();
    installation.node();
    await installation.settled();
    expect(await table.writes()).toEqual(new Map([['p0', ['s0']]]));
  }, 120_000);

  it('is reached by a SIGTERM that npm start gets', async () => {
    const installation = await anInstallation();
    const { client } = installation;
    const npm = spawn('npm', ['start'], {
      cwd: root,
      env: { ...installation.environment(), PATH: process.env['PATH'], HOME: process.env['HOME'] },
      stdio: 'ignore',
    });
    closing.push(async () => npm.kill('SIGKILL'));
    await until(
      async () => (await client.query('select from queue_executors where not is_dead')).rowCount === 1,
    );
    npm.kill('SIGTERM');
    expect(await once(npm, 'exit')).toEqual([0, null]);
    expect((await client.query('select from queue_executors where not is_dead')).rowCount).toBe(0);
  }, 120_000);
});
