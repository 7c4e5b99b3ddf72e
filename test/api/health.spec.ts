// Probes tell the truth: ready means that work is moving.
import { afterEach, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { QueueRuntime } from '../../src/queue/index.js';
import { createTestDatabase } from '../support/postgres.js';
import { startWholeApp } from '../support/whole-app.js';

interface Readiness {
  readonly ready: boolean;
  readonly checks: Record<string, { readonly ok: boolean; readonly detail: string }>;
}

describe('the probes', () => {
  const closing: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
  });

  async function setup(): Promise<{ url: string; connect: () => Promise<Client> }> {
    const database = await createTestDatabase();
    closing.push(database.drop);
    const whole = await startWholeApp(database.url, { PROVOST_QUEUE_TIME_FACTOR: '0.2' });
    closing.push(whole.close);
    await whole.app.get(QueueRuntime).start();
    const connect = async (): Promise<Client> => {
      const client = new Client({ connectionString: database.url });
      await client.connect();
      closing.push(() => client.end());
      return client;
    };
    return { url: whole.url, connect };
  }

  async function readiness(url: string): Promise<{ status: number; body: Readiness }> {
    const response = await fetch(`${url}/readyz`);
    return { status: response.status, body: (await response.json()) as Readiness };
  }

  async function until(condition: () => Promise<boolean>): Promise<void> {
    while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  it('say ready once the worker is registered, and not when due work does not move', async () => {
    const { url, connect } = await setup();
    await until(async () => (await readiness(url)).status === 200);

    const [holder, client] = [await connect(), await connect()];
    await client.query(
      `insert into queue_lanes (key, target_id, shard, state, run_at) values ('stuck', 1, 0, 'parked', now() - interval '1 minute')`,
    );
    // Nobody can look up targets, so nobody claims.
    await holder.query('begin; lock table queue_operations in access exclusive mode');
    await client.query(`update queue_lanes set state = 'ready' where key = 'stuck'`);
    const stuck = await readiness(url);
    expect(stuck.status).toBe(503);
    expect(stuck.body.checks['worker']).toMatchObject({
      ok: false,
      detail: expect.stringContaining('nothing was attempted'),
    });
    expect(stuck.body.checks['database']).toMatchObject({ ok: true });
    expect((await fetch(`${url}/healthz`)).status).toBe(200);

    await holder.query('rollback');
    await until(async () => (await readiness(url)).status === 200);
    // Taken, found empty, and given back.
    await until(
      async () =>
        (await client.query(`select from queue_lanes where key = 'stuck' and state = 'idle'`)).rowCount === 1,
    );
  });

  it('say not ready when the schema is another one, and alive all the same', async () => {
    const { url, connect } = await setup();
    const client = await connect();
    await client.query(
      'delete from platform_migrations where id = (select max(id) from platform_migrations)',
    );
    const { status, body } = await readiness(url);
    expect(status).toBe(503);
    expect(body.checks['database']?.detail).toContain('npm run migrate');
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });

  it('give figures without names of people, hosts or systems', async () => {
    const { url } = await setup();
    const text = await (await fetch(`${url}/metrics`)).text();
    for (const name of [
      'provost_queue_lanes',
      'provost_queue_oldest_due_seconds',
      'provost_queue_attempts_total',
      'process_resident_memory_bytes',
    ]) {
      expect(text).toContain(name);
    }
    expect(text).not.toMatch(/127\.0\.0\.1|localhost|uid=/);
  });
});
