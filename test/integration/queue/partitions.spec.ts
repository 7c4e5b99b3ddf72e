// The days of insert-only tables: there ahead of time, and made again when somebody has dropped one.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Database, Partitions } from '../../../src/platform/database/index.js';
import type { Outcome } from '../../../src/queue/index.js';
import { aNote, enqueue, type QueueNode, startQueue } from '../../support/queue-bundle.js';

const TABLES = ['queue_attempts', 'queue_intents', 'queue_archive'];
const done: Outcome = { kind: 'executed', summary: 'done' };

describe('the partitions of the queue', () => {
  let node: QueueNode;
  let close: () => Promise<void>;

  beforeEach(async () => {
    ({ node, close } = await startQueue(async (attempt) => {
      await attempt.intend({ action: 'note', identifier: 'a', digests: {} });
      return done;
    }));
  });

  afterEach(() => close());

  async function executed(): Promise<number> {
    const [row] = await node.database.query<{ count: number }>('select count(*) as count from queue_archive');
    return row?.count ?? 0;
  }

  it('reach from yesterday to fourteen days ahead', async () => {
    await ensure(node.database);
    const days = await node.database.query(
      `select c.relname from pg_class c
       where c.relname = any (select 'queue_archive_p' || to_char((now() at time zone 'UTC')::date + n, 'YYYYMMDD')
                              from generate_series(-1, 14) n)`,
    );
    expect(days).toHaveLength(16);
  });

  it('are made by whoever comes first when several nodes look at once', async () => {
    await Promise.all([ensure(node.database), ensure(node.database), ensure(node.database)]);
    await dropToday(node.database, 'queue_intents');
    await Promise.all([ensure(node.database), ensure(node.database), ensure(node.database)]);
    expect(await hasToday(node.database, 'queue_intents')).toBe(true);
  });

  it.each(['queue_attempts', 'queue_archive'])(
    'are made again while work goes on when the day of %s is gone',
    async (table) => {
      node.worker.start();
      await enqueue(node, aNote({ note: 'before' }));
      await node.until(async () => (await executed()) === 1);
      await dropToday(node.database, table);
      await enqueue(node, aNote({ note: 'after' }));
      await node.until(async () => {
        const [row] = await node.database.query<{ waiting: number }>(
          'select count(*) as waiting from queue_operations',
        );
        return row?.waiting === 0;
      });
      expect(await hasToday(node.database, table)).toBe(true);
      expect(
        await node.database.query(`select from queue_archive where payload->>'note' = 'after'`),
      ).toHaveLength(1);
    },
  );
});

async function ensure(database: Database): Promise<void> {
  const partitions = new Partitions(database);
  for (const table of TABLES) partitions.add(table);
  await partitions.ensure();
}

function nameOfToday(table: string): string {
  return `'${table}_p' || to_char((now() at time zone 'UTC')::date, 'YYYYMMDD')`;
}

async function dropToday(database: Database, table: string): Promise<void> {
  await database.query(`do $$ begin execute 'drop table ' || ${nameOfToday(table)}; end $$`);
}

async function hasToday(database: Database, table: string): Promise<boolean> {
  const rows = await database.query(`select where to_regclass(${nameOfToday(table)}) is not null`);
  return rows.length === 1;
}
