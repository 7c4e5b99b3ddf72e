// Old days go, with what has ended; what still waits keeps its history, in its order.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { loadSettings, type ProcessRole, type ProcessSettings } from '../../../src/platform/config/index.js';
import { Database, dropOldPartitions, Partitions } from '../../../src/platform/database/index.js';
import { type Outcome, type QueueSettings, queueSettings, toOperationId } from '../../../src/queue/index.js';
import { PartitionKeeper } from '../../../src/queue/retention/partition-keeper.js';
import { createServingRole } from '../database/serving-role.fixture.js';
import { untilWaitingForLock } from '../../support/lock-waits.js';
import { aNote, enqueue, type QueueNode, startQueue } from '../../support/queue-bundle.js';

const refused: Outcome = { kind: 'permanent', code: 'refused', message: 'The target refuses it.' };
const done: Outcome = { kind: 'executed', summary: 'done' };
const TABLES = [
  'queue_attempts',
  'queue_intents',
  'queue_archive',
  'provisioning_operations',
  'provisioning_operation_attributes',
];
const RETENTION_DAYS = 90;

describe('the retention of the queue', () => {
  let node: QueueNode;
  let url: string;
  let close: () => Promise<void>;

  beforeEach(async () => {
    ({ node, url, close } = await startQueue(async ({ operation }) =>
      operation.payload.note === 'bad' ? refused : done,
    ));
    for (const table of TABLES)
      for (const ago of [120, 119, 101, 100, 89, 8]) await makeDay(node.database, table, ago);
  });

  afterEach(() => close());

  const run = (database = node.database): ReturnType<typeof dropOldPartitions> =>
    dropOldPartitions(database, RETENTION_DAYS, () => false);

  /** One operation that waits for a person, and one that was executed, each in a lane of its own. */
  async function parkedAndExecuted(): Promise<{ parked: number; executed: number }> {
    await enqueue(node, aNote({ lane: 'note:parked', note: 'bad' }), aNote({ lane: 'note:done' }));
    node.worker.start();
    await node.until(async () => {
      const rows = await node.database.query(
        `select from queue_lanes where (key, state) in (('note:parked', 'parked'), ('note:done', 'idle'))`,
      );
      return rows.length === 2;
    });
    return { parked: await laneOf('note:parked'), executed: await laneOf('note:done') };
  }

  async function laneOf(key: string): Promise<number> {
    const [lane] = await node.database.query<{ id: number }>('select id from queue_lanes where key = $1', [
      key,
    ]);
    if (!lane) throw new Error(`There is no lane ${key}.`);
    return lane.id;
  }

  /** An attempt that ended so many days ago, at the given second of its day. */
  async function attempted(laneId: number, daysAgo: number, second: number, message: string): Promise<void> {
    await node.database.query(
      `insert into queue_attempts (lane_id, seq, attempt, outcome, message, started_at, ended_at, executor_id)
       select $1, 1, 1, 'transient', $4, at, at, 1
       from (select date_trunc('day', now(), 'UTC') - make_interval(days => $2::int) + make_interval(secs => $3::int) as at) t`,
      [laneId, daysAgo, second, message],
    );
  }

  async function intended(laneId: number, daysAgo: number, identifier: string): Promise<void> {
    await node.database.query(
      `insert into queue_intents (lane_id, seq, attempt, action, identifier, digests, stored_at, executor_id)
       values ($1, 1, 1, 'create', $3, '{}', now() - make_interval(days => $2::int), 1)`,
      [laneId, daysAgo, identifier],
    );
  }

  async function days(table: string): Promise<number[]> {
    const rows = await node.database.query<{ ago: number | null }>(
      `select (now() at time zone 'UTC')::date - to_date(substring(c.relname from '_p([0-9]{8})$'), 'YYYYMMDD') as ago
       from pg_inherits i join pg_class c on c.oid = i.inhrelid
       where i.inhparent = $1::regclass`,
      [table],
    );
    return rows.flatMap(({ ago }) => (ago !== null && ago > 1 ? [ago] : [])).toSorted((a, b) => b - a);
  }

  async function identifiers(): Promise<string[]> {
    const rows = await node.database.query<{ identifier: string }>(
      'select identifier from queue_intents order by stored_at',
    );
    return rows.map(({ identifier }) => identifier);
  }

  it('drops every day that is older, of every table, and no other', async () => {
    expect(await run()).toMatchObject({ days: 4 });
    for (const table of TABLES) expect([table, await days(table)]).toEqual([table, [89, 8]]);
    expect(await run()).toEqual({ days: 0, kept: 0 });
  });

  it('keeps the history of an operation that waits, with its times and in its order', async () => {
    const { parked, executed } = await parkedAndExecuted();
    await attempted(parked, 120, 1, 'first');
    await attempted(parked, 119, 1, 'second');
    await attempted(parked, 119, 2, 'third');
    await attempted(parked, 89, 0, 'fourth');
    await attempted(executed, 120, 1, 'forgotten');
    const before = await node.operations.get(toOperationId({ laneId: parked, seq: 1 }));
    expect(before.history).toHaveLength(5);

    await run();

    const after = await node.operations.get(toOperationId({ laneId: parked, seq: 1 }));
    expect(after).toEqual(before);
    expect(await node.database.query(`select from queue_attempts where message = 'forgotten'`)).toEqual([]);
  });

  it('lets the kept history go once the operation has ended', async () => {
    const { parked } = await parkedAndExecuted();
    await attempted(parked, 120, 1, 'first');
    await run();
    await node.moves.one({ name: 'test', requestId: null }, 'cancel', `o${parked}-1`, 'no longer wanted');
    await makeDay(node.database, 'queue_archive', 95);
    expect(await run()).toMatchObject({ days: 1, kept: 0 });
    expect(await node.database.query(`select from queue_attempts where message = 'first'`)).toEqual([]);
  });

  it('keeps the rows of a module beside the queue for what waits', async () => {
    const { parked, executed } = await parkedAndExecuted();
    for (const laneId of [parked, executed]) {
      await node.database.query(
        `insert into provisioning_operations (lane_id, seq, system_id, account_id, entity_type, entity_id, change, actor, created_at)
         values ($1, 1, gen_random_uuid(), 7, 'identity', gen_random_uuid(), 'match', 'test', now() - interval '100 days')`,
        [laneId],
      );
      await node.database.query(
        `insert into provisioning_operation_attributes (lane_id, seq, attribute, was, becomes, recorded_at)
         values ($1, 1, 'cn', '[]', '["Anna"]', now() - interval '100 days')`,
        [laneId],
      );
    }
    await run();
    for (const table of ['provisioning_operations', 'provisioning_operation_attributes'])
      expect(await node.database.query(`select lane_id from ${table}`)).toEqual([{ lane_id: parked }]);
  });

  it('keeps an intent that may be the only proof of whose an object is', async () => {
    const { parked, executed } = await parkedAndExecuted();
    await enqueue(node, aNote({ lane: 'note:unknown' }));
    await node.until(
      async () =>
        (await node.database.query(`select from queue_lanes where key = 'note:unknown' and state = 'idle'`))
          .length === 1,
    );
    const unknown = await laneOf('note:unknown');
    // As after a cancellation while the effect was unknown: nothing of the lane has succeeded since.
    await node.database.query('delete from queue_attempts where lane_id = $1', [unknown]);
    await intended(unknown, 100, 'of a lost answer');
    await intended(parked, 100, 'of what waits');
    await intended(executed, 100, 'of what was executed later');
    await intended(999_999, 100, 'of a lane that is gone');
    await intended(unknown, 101, 'of a known failure');
    await attempted(unknown, 101, 86_399, 'failed');
    await run();
    expect((await identifiers()).toSorted()).toEqual(['of a lost answer', 'of what waits']);
    await makeDay(node.database, 'queue_archive', 95);
    await run();
    expect((await identifiers()).toSorted()).toEqual(['of a lost answer', 'of what waits']);
  });

  it('refuses a young day, a table that is not listed, and nothing of them is gone', async () => {
    const drop = (table: string, ago: number): Promise<unknown[]> =>
      node.database.query(`select platform_drop_partition($1, (now() at time zone 'UTC')::date - $2::int)`, [
        table,
        ago,
      ]);
    await makeDay(node.database, 'queue_archive', 6);
    await expect(drop('queue_archive', 6)).rejects.toThrow('younger than seven days');
    await expect(drop('queue_archive', -3)).rejects.toThrow('younger than seven days');
    await expect(drop('audit_records', 100)).rejects.toThrow('does not list audit_records');
    expect(await days('queue_archive')).toEqual([120, 119, 101, 100, 89, 8, 6]);
  });

  it('refuses fewer days than a week as a setting', () => {
    expect(() => loadSettings([queueSettings], { PROVOST_QUEUE_RETENTION_DAYS: '6' })).toThrow(
      'PROVOST_QUEUE_RETENTION_DAYS',
    );
  });

  it('is carried out once when several nodes are at it', async () => {
    const { parked } = await parkedAndExecuted();
    await attempted(parked, 120, 1, 'first');
    const outcomes = await Promise.all([run(), run(), run()]);
    expect(Math.max(...outcomes.map((one) => one.days))).toBeGreaterThan(0);
    await run();
    for (const table of TABLES) expect([table, await days(table)]).toEqual([table, [89, 8]]);
    expect(await node.database.query(`select from queue_attempts where message = 'first'`)).toHaveLength(1);
  });

  it('leaves everything as it was when the disk is full while it copies', async () => {
    const { parked } = await parkedAndExecuted();
    await attempted(parked, 120, 1, 'first');
    await attempted(parked, 120, 2, 'second');
    await node.database.query(
      `create function full_disk() returns boolean language plpgsql as $$
       begin raise exception 'could not extend file: No space left on device' using errcode = '53100'; end $$`,
    );
    const [listed] = await node.database.query<{ keeps: string[] }>(
      `select keeps from platform_partitioned_tables where name = 'queue_attempts'`,
    );
    const keep = (conditions: readonly string[]): Promise<unknown[]> =>
      node.database.query(`update platform_partitioned_tables set keeps = $1 where name = 'queue_attempts'`, [
        conditions,
      ]);
    await keep([`kept.message = 'first'`, `kept.message = 'second' and full_disk()`]);
    await expect(run()).rejects.toMatchObject({ code: '53100' });
    expect(await days('queue_attempts')).toEqual([120, 119, 101, 100, 89, 8]);
    expect(await node.database.query(`select to_regclass('queue_attempts_gathered') as left`)).toEqual([
      { left: null },
    ]);
    await keep(listed?.keeps ?? []);
    await run();
    const rows = await node.database.query<{ message: string }>(
      `select message from queue_attempts where lane_id = $1 and message <> 'The target refuses it.' order by ended_at`,
      [parked],
    );
    expect(rows.map(({ message }) => message)).toEqual(['first', 'second']);
  });

  it('gives way to a long reader, holds nobody up behind itself, and succeeds afterwards', async () => {
    const reader = new Client({ connectionString: url });
    await reader.connect();
    await makeDay(node.database, 'queue_intents', 0);
    try {
      await reader.query('begin');
      await reader.query('select count(*) from queue_intents');
      const dropping = run();
      await untilWaitingForLock(node.database);
      // This insert stands behind the lock that is waited for; it goes on although the reader never ends.
      await intended(1, 0, 'of now');
      await expect(dropping).rejects.toMatchObject({ code: '55P03' });
      expect(await days('queue_intents')).toEqual([120, 119, 101, 100, 89, 8]);
      expect(await identifiers()).toEqual(['of now']);
    } finally {
      await reader.end();
    }
    expect(await run()).toMatchObject({ days: 4 });
  });

  it('begins by itself on a process that works, and ends with it', async () => {
    const keeper = keeperOf(['worker']);
    keeper.onApplicationBootstrap();
    for (let tries = 0; (await days('provisioning_operation_attributes')).length > 2; tries += 1) {
      if (tries > 5_000) throw new Error('The old days are still there.');
      await nextTurn();
    }
    await keeper.beforeApplicationShutdown();
    expect(await days('queue_archive')).toEqual([89, 8]);
  });

  it('is left to processes that work', async () => {
    const keeper = keeperOf(['api', 'scheduler']);
    keeper.onApplicationBootstrap();
    await keeper.beforeApplicationShutdown();
    expect(await days('queue_archive')).toEqual([120, 119, 101, 100, 89, 8]);
  });

  function keeperOf(roles: readonly ProcessRole[]): PartitionKeeper {
    const { values } = loadSettings([queueSettings], {});
    const settings = values.get(queueSettings.token) as QueueSettings;
    return new PartitionKeeper(url, new Partitions(node.database), settings, { roles } as ProcessSettings);
  }

  it('makes its partitions so that they use the indexes of their table', async () => {
    await run();
    const rows = await node.database.query<{ invalid: number }>(
      `select count(*) filter (where not x.indisvalid) as invalid from pg_index x
       where x.indrelid in ('queue_intents'::regclass, 'queue_attempts'::regclass, 'provisioning_operations'::regclass)`,
    );
    expect(rows).toEqual([{ invalid: 0 }]);
    const kept = await node.database.query(
      `select i.inhrelid::regclass::text from pg_inherits i
       where i.inhparent = 'queue_attempts_lane_id_seq_idx'::regclass
         and i.inhrelid in (select indexrelid from pg_index where indrelid = 'queue_attempts_kept'::regclass)`,
    );
    expect(kept).toHaveLength(1);
  });
});

describe('the role that serves', () => {
  it('drops old days by the function alone, and cannot say what is kept', async () => {
    const serving = await createServingRole();
    const owner = new Database({ url: serving.ownerUrl, ...POOL });
    const database = new Database({ url: serving.url, ...POOL });
    await Promise.all([owner.connect(), database.connect()]);
    try {
      await makeDay(owner, 'queue_attempts', 100);
      await expect(
        database.query(`update platform_partitioned_tables set keeps = '{false}'`),
      ).rejects.toMatchObject({ code: '42501' });
      await expect(database.query('drop table queue_attempts')).rejects.toMatchObject({ code: '42501' });
      expect(await dropOldPartitions(database, RETENTION_DAYS, () => false)).toEqual({ days: 1, kept: 0 });
    } finally {
      await Promise.all([owner.close(), database.close()]);
      await serving.drop();
    }
  });
});

const POOL = { applicationName: 'test', poolSize: 2, statementTimeoutMs: 10_000 };

async function makeDay(database: Database, table: string, daysAgo: number): Promise<void> {
  await database.query(`select platform_make_partition($1, (now() at time zone 'UTC')::date - $2::int)`, [
    table,
    daysAgo,
  ]);
}
