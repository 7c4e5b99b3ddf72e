// Somebody keeps a transaction open for hours: a backup, a report, a session that was forgotten.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Client } from 'pg';
import type { QueryRunner } from 'typeorm';
import { IndexAudit1795000008500 } from '../../../migrations/1795000008500-index-audit.js';
import { loadStatement } from '../../../src/platform/database/index.js';
import { asOwner, type Audit, INTACT, startAudit } from './audit.fixture.js';

const BACKLOG = 3_000;
const LOOK = loadStatement(
  'look-for-work',
  new URL('../../../src/audit/sealer.ts', import.meta.url).href,
).text.replaceAll('$1', "'1:1:'");

interface Plan {
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Relation Name'?: string;
  readonly Plans?: readonly Plan[];
}

/** Rows of audit_records that were read for it. */
function rowsRead(plan: Plan): number {
  const own =
    plan['Relation Name'] === 'audit_records'
      ? (plan['Actual Rows'] + (plan['Rows Removed by Filter'] ?? 0)) * plan['Actual Loops']
      : 0;
  return (plan.Plans ?? []).reduce((sum, part) => sum + rowsRead(part), own);
}

describe('while a transaction stays open', () => {
  let audit: Audit;
  let holder: Client;

  beforeEach(async () => {
    audit = await startAudit();
    holder = new Client({ connectionString: audit.url });
    await holder.connect();
    await holder.query('begin isolation level repeatable read');
    await holder.query('select pg_current_xact_id()');
  });

  afterEach(async () => {
    await holder.end();
    await audit.close();
  });

  it('the sealer reads what is new alone, not again what it sealed since', async () => {
    await audit.database.query(
      `insert into audit_records (actor, action, object_type, object_id)
       select 'local:anna', 'thing.changed', 'thing', n::text from generate_series(1, ${BACKLOG}) n`,
    );
    expect(await audit.sealer.seal()).toBe(BACKLOG);
    await asOwner(audit.url, (client) =>
      client.query(`
        create table pages (head bigint);
        create function count_page() returns trigger language plpgsql as $$
        begin
          insert into pages values (new.position);
          return null;
        end $$;
        create trigger count_page after insert or update on audit_head for each row execute function count_page()`),
    );
    await audit.record(1);
    expect(await audit.sealer.seal()).toBe(1);
    expect(await audit.database.query('select head from pages')).toEqual([{ head: BACKLOG + 1 }]);
    expect(await audit.verifier.verify()).toMatchObject({ ...INTACT, verifiedCount: BACKLOG + 1 });
  });

  it('a look for work goes on where the last one was, and misses nothing that commits later', async () => {
    await audit.database.query(
      `insert into audit_records (actor, action, object_type, object_id)
       select 'local:anna', 'thing.changed', 'thing', n::text from generate_series(1, ${BACKLOG}) n`,
    );
    await holder.query(
      "insert into audit_records (actor, action, object_type, object_id) values ('local:eve', 'a', 'b', 'c')",
    );
    const onlooker = await audit.node();
    expect(await audit.sealer.seal()).toBe(BACKLOG);
    expect(await onlooker.sealer.seal()).toBe(0);
    await asOwner(audit.url, async (client) => {
      await client.query('analyze audit_records, audit_seals');
      const look = async (statement: string): Promise<number> => {
        const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
          `explain (analyze, format json) ${statement}`,
        );
        return rows[0] ? rowsRead(rows[0]['QUERY PLAN'][0].Plan) : NaN;
      };
      const { rows } = await client.query<{ now: string }>('select pg_current_snapshot()::text as now');
      expect(await look(LOOK)).toBeGreaterThanOrEqual(BACKLOG);
      expect(await look(LOOK.replaceAll("'1:1:'", `'${rows[0]?.now}'`))).toBe(0);
    });
    await holder.query('commit');
    expect(await onlooker.sealer.seal()).toBe(1);
    expect(await onlooker.verifier.verify()).toMatchObject({ ...INTACT, verifiedCount: BACKLOG + 1 });
  });

  it('the indexes are built as soon as it ends, however soon others give up waiting for a lock', async () => {
    await audit.tamper('drop index audit_records_actor_idx');
    await asOwner(audit.url, async (client) => {
      await client.query("set lock_timeout = '1ms'");
      const building = buildIndexes(client).then(
        () => 'built',
        (error: unknown) => error,
      );
      const { processID } = client as Client & { readonly processID: number };
      const waiting = untilWaiting(processID).then(() => 'waiting');
      expect(await Promise.race([building, waiting])).toBe('waiting');
      await holder.query('commit');
      expect(await building).toBe('built');
    });
  });

  async function untilWaiting(pid: number): Promise<void> {
    for (;;) {
      const waits = await audit.database.query(
        "select from pg_locks where pid = $1 and locktype = 'virtualxid' and not granted",
        [pid],
      );
      if (waits.length > 0) return;
      await nextTurn();
    }
  }
});

describe('a building of the indexes that broke off', () => {
  let audit: Audit;

  beforeEach(async () => {
    audit = await startAudit();
  });

  afterEach(() => audit.close());

  it('is gone on with where it was', async () => {
    await asOwner(audit.url, async (client) => {
      const indexes = async (): Promise<Record<string, string>> => {
        const { rows } = await client.query<{ name: string; is: string }>(
          `select indexrelid::regclass::text as name, indexrelid || case when indisvalid then '' else ' broken' end as is
           from pg_index where indrelid = 'audit_records'::regclass and not indisprimary`,
        );
        return Object.fromEntries(rows.map(({ name, is }) => [name, is]));
      };
      await audit.record(2);
      const before = await indexes();
      await client.query('drop index audit_records_operation_idx, audit_records_action_idx');
      // It fails half-way, and stays as one that broke off does.
      await expect(
        client.query('create unique index concurrently audit_records_action_idx on audit_records (actor)'),
      ).rejects.toThrow('could not create unique index');
      expect(await indexes()).toMatchObject({ audit_records_action_idx: expect.stringContaining('broken') });
      await buildIndexes(client);
      const {
        audit_records_action_idx: action,
        audit_records_operation_idx: operation,
        ...others
      } = await indexes();
      expect(before).toMatchObject(others);
      expect(Object.keys(others)).toHaveLength(5);
      for (const rebuilt of [action, operation]) expect(rebuilt).toMatch(/^\d+$/);
      expect(Object.values(before)).not.toContain(action);
    });
  });
});

async function buildIndexes(client: Client): Promise<void> {
  const runner = {
    query: async (statement: string, values?: unknown[]) =>
      (await client.query<object>(statement, values)).rows,
  } as unknown as QueryRunner;
  await new IndexAudit1795000008500().up(runner);
}
