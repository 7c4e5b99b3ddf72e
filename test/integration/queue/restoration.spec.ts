// A restored backup sends nothing until a person has looked; the same database, wherever it comes up, just goes on.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AuditLog } from '../../../src/audit/index.js';
import { Database } from '../../../src/platform/database/index.js';
import { Health } from '../../../src/platform/health/index.js';
import { Metrics } from '../../../src/platform/metrics/index.js';
import { OperationKinds, Queue, QueueRuntime, Targets } from '../../../src/queue/index.js';
import { isHeldAfterRestore, readRestoration } from '../../../src/queue/restoration/restoration.queries.js';
import { Restoration } from '../../../src/queue/restoration/restoration.service.js';
import { copyTestDatabase, createTestDatabase, type TestDatabase } from '../../support/postgres.js';
import { aNote, notePayload } from '../../support/queue-bundle.js';
import { startWholeApp, type WholeApp } from '../../support/whole-app.js';

const actor = { name: 'local:anna', requestId: 'request-1' };

interface Node {
  readonly whole: WholeApp;
  readonly database: Database;
  /** For each executed operation, whether everything was held at that moment. */
  readonly executed: boolean[];
  readonly restoration: Restoration;
}

describe('a database that was restored', () => {
  const closing: (() => Promise<void>)[] = [];
  let original: TestDatabase;
  let dataKey: Buffer;
  let folder: string;

  beforeEach(async () => {
    dataKey = randomBytes(32);
    folder = mkdtempSync(join(tmpdir(), 'provost-restoration-'));
    original = await createTestDatabase();
    closing.push(original.drop);
  });

  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
    rmSync(folder, { recursive: true });
  });

  /** A process with every role on that database; its worker runs once it is started. */
  async function open(url: string): Promise<Node> {
    const env = {
      PROVOST_QUEUE_TIME_FACTOR: '0.1',
      PROVOST_AUDIT_CHECKPOINT_FILE: join(folder, 'checkpoints.jsonl'),
    };
    const whole = await startWholeApp(url, env, dataKey);
    const database = whole.app.get(Database);
    const executed: boolean[] = [];
    whole.app.get(OperationKinds).register({
      kind: 'note',
      payload: notePayload,
      whenExhausted: 'park',
      retryGate: 'claim',
      run: async () => {
        executed.push(await isHeldAfterRestore(database));
        return { kind: 'executed', summary: 'done' };
      },
    });
    return { whole, database, executed, restoration: whole.app.get(Restoration) };
  }

  /** The same, working. Ends with the test, unless it is closed before. */
  async function work(url: string): Promise<Node> {
    const node = await open(url);
    let close = (): Promise<void> => node.whole.close();
    closing.push(() => close());
    await node.whole.app.get(QueueRuntime).start();
    await until(async () => {
      const rows = await node.database.query('select from queue_executors where pid = $1 and not is_dead', [
        process.pid,
      ]);
      return rows.length > 0;
    });
    return {
      ...node,
      whole: {
        ...node.whole,
        close: async () => {
          close = async () => undefined;
          await node.whole.close();
        },
      },
    };
  }

  async function enqueue({ whole, database }: Node, ...lanes: string[]): Promise<void> {
    await database.transact(async (transaction) => {
      for (const lane of lanes) whole.app.get(Queue).enqueue(transaction, aNote({ lane }));
    });
  }

  async function change({ whole, database }: Node): Promise<void> {
    await database.transact((transaction) =>
      whole.app.get(AuditLog).record(transaction, {
        actor,
        action: 'thing.changed',
        objectType: 'thing',
        objectId: '1',
      }),
    );
  }

  /** A backup of a database that has worked, taken while one operation waits. */
  async function backup(): Promise<TestDatabase> {
    const before = await work(original.url);
    await change(before);
    await before.whole.close();
    const idle = await open(original.url);
    await enqueue(idle, 'note:waiting');
    await idle.whole.close();
    const copy = await copyTestDatabase(original.url);
    closing.push(copy.drop);
    return copy;
  }

  /** As a restore in place leaves it: the same cluster and database, an older state. */
  async function claimToBeOriginal({ url }: TestDatabase): Promise<void> {
    const database = new Database({ url, applicationName: 'test', poolSize: 1, statementTimeoutMs: 5_000 });
    await database.connect();
    await database.query(
      'update queue_installation set database_oid = (select oid from pg_database where datname = current_database())',
    );
    await database.close();
  }

  async function stateOf(node: Node, lane: string): Promise<string | undefined> {
    const [row] = await node.database.query<{ state: string }>(
      'select state from queue_lanes where key = $1',
      [lane],
    );
    return row?.state;
  }

  const isExecuted = (node: Node, count: number) => (): boolean => node.executed.length === count;

  it('sends nothing as a copy until a person releases it, and then what waited', async () => {
    const copy = await backup();
    const node = await work(copy.url);
    await enqueue(node, 'note:later');
    await until(async () => (await stateOf(node, 'note:waiting')) === 'held');
    await until(async () => (await stateOf(node, 'note:later')) === 'held');
    expect(node.executed).toEqual([]);
    expect(await readRestoration(node.database)).toMatchObject({
      isHeld: true,
      cause: 'moved',
      heldBy: 'system',
      waiting: [{ target: 'database', kind: 'note', operations: 2, unknown: 0 }],
    });

    await node.restoration.release(actor, 'looked at the directory');
    await until(isExecuted(node, 2));
    expect(node.executed).toEqual([false, false]);
    expect(await readRestoration(node.database)).toMatchObject({ isHeld: false, cause: null });
    const records = await node.database.query(
      `select actor, action, after::jsonb from audit_records where object_type = 'queue' order by id`,
    );
    expect(records).toMatchObject([
      { actor: 'system', action: 'queue.held', after: { cause: 'moved' } },
      { actor: 'local:anna', action: 'queue.released', after: { reason: 'looked at the directory' } },
    ]);
  });

  it('stays released when it starts again', async () => {
    const copy = await backup();
    const first = await work(copy.url);
    await first.restoration.release(actor, 'looked');
    await until(isExecuted(first, 1));
    await first.whole.close();
    const again = await work(copy.url);
    await enqueue(again, 'note:new');
    await until(isExecuted(again, 1));
    expect(await isHeldAfterRestore(again.database)).toBe(false);
  });

  it('is held when it holds less than was signed for in the checkpoint file, once', async () => {
    const older = await backup();
    const node = await work(original.url);
    await change(node);
    await node.whole.close();
    await claimToBeOriginal(older);

    const restored = await work(older.url);
    await until(async () => (await stateOf(restored, 'note:waiting')) === 'held');
    expect(restored.executed).toEqual([]);
    expect(await readRestoration(restored.database)).toMatchObject({ isHeld: true, cause: 'older' });
    await restored.restoration.release(actor, 'the last hours are lost');
    await until(isExecuted(restored, 1));
    expect(restored.executed).toEqual([false]);
    await restored.whole.close();

    const again = await work(older.url);
    expect(await isHeldAfterRestore(again.database)).toBe(false);
  });

  it('is not held when the same database comes back, as a replica that took over does', async () => {
    const before = await work(original.url);
    await change(before);
    await before.whole.close();
    const node = await work(original.url);
    await enqueue(node, 'note:new');
    await until(isExecuted(node, 1));
    expect(await readRestoration(node.database)).toMatchObject({ isHeld: false, releasedAt: null });
  });

  it('is held by a person, shows it to probes and scrapes, and targets that were held before stay so', async () => {
    const node = await work(original.url);
    const { app } = node.whole;
    const [maintained] = await node.database.query<{ id: number }>(
      `insert into queue_targets (name) values ('system:Directory') returning id`,
    );
    const targetId = maintained?.id ?? 0;
    const hold = { kind: 'maintenance', reason: 'new disks', by: 'local:eva' } as const;
    await node.database.transact((transaction) => app.get(Targets).setHold(transaction, targetId, hold));
    await node.restoration.hold(actor, 'restored by hand');
    await expect(node.restoration.hold(actor, 'again')).rejects.toMatchObject({ status: 409 });
    expect(await node.database.query('select distinct hold from queue_targets')).toEqual([
      { hold: 'restored' },
    ]);
    expect(await app.get(Health).report()).toMatchObject({
      ready: true,
      warnings: { restoration: expect.stringContaining('until a person releases') as unknown },
    });
    expect(await app.get(Metrics).registry.metrics()).toMatch(/^provost_queue_restored 1$/m);

    await node.restoration.release(actor, 'compared');
    await expect(node.restoration.release(actor, 'again')).rejects.toMatchObject({ status: 409 });
    expect(
      await node.database.query(
        'select name, hold, hold_reason, held_by from queue_targets where hold is not null',
      ),
    ).toEqual([
      { name: 'system:Directory', hold: 'maintenance', hold_reason: 'new disks', held_by: 'local:eva' },
    ]);
    expect(await app.get(Metrics).registry.metrics()).toMatch(/^provost_queue_restored 0$/m);
  });

  it('decides once when two processes start on it together', async () => {
    const copy = await backup();
    const nodes = [await open(copy.url), await open(copy.url)];
    for (const { whole } of nodes) closing.push(whole.close);
    await Promise.all(nodes.map(({ restoration }) => restoration.check()));
    const held = await nodes[0]?.database.query(`select from audit_records where action = 'queue.held'`);
    expect(held).toHaveLength(1);
  });
});

async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  for (let tries = 0; tries < 20_000; tries += 1) {
    if (await condition()) return;
    await nextTurn();
  }
  throw new Error('It did not come to that.');
}
