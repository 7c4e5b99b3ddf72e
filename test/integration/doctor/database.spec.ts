// What the doctor sees of a database that is not as it should be.
import { afterEach, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { DatabaseChecks } from '../../../src/doctor/database.checks.js';
import { systemClock } from '../../../src/platform/clock/index.js';
import { Database, loadStatement } from '../../../src/platform/database/index.js';
import { Diagnosis } from '../../../src/platform/diagnosis/index.js';
import { QueueChecks } from '../../../src/queue/queue.checks.js';
import { TargetStandings } from '../../../src/queue/target-standings.js';
import { WakeUp } from '../../../src/queue/wake-up.js';
import { createTestDatabase } from '../../support/postgres.js';

const doctorSources = new URL('../../../src/doctor/', import.meta.url).href;

describe('the doctor at the database', () => {
  const closing: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
  });

  async function setup(): Promise<{ url: string; database: Database; diagnosis: Diagnosis }> {
    const { url, drop } = await createTestDatabase();
    closing.push(drop);
    const database = new Database({ url, applicationName: 'test', poolSize: 4, statementTimeoutMs: 10_000 });
    await database.connect();
    closing.push(() => database.close());
    const diagnosis = new Diagnosis();
    new DatabaseChecks(diagnosis, database).onModuleInit();
    return { url, database, diagnosis };
  }

  async function wordsAbout(diagnosis: Diagnosis, where: string): Promise<string[]> {
    const findings = await diagnosis.findings();
    return findings.flatMap((finding) =>
      finding.where === where ? [`${finding.level}: ${finding.what}`] : [],
    );
  }

  it('sees a schema that is behind, and one that is ahead', async () => {
    const { database, diagnosis } = await setup();
    await database.query(
      `update platform_migrations set name = 'OfTomorrow9999999999999' where id = (select max(id) from platform_migrations)`,
    );
    expect(await wordsAbout(diagnosis, 'the schema')).toEqual([
      expect.stringMatching(/^error: It lacks /),
      'error: A newer version has changed it (OfTomorrow9999999999999).',
    ]);
  });

  it('sees the days that have no partition, the nearest first', async () => {
    const { database, diagnosis } = await setup();
    for (const ahead of [0, 1, 2, 3]) {
      await database.query(
        `select platform_make_partition(name, (now() at time zone 'UTC')::date + $1::integer) from platform_partitioned_tables`,
        [ahead],
      );
    }
    expect(await wordsAbout(diagnosis, 'partitions')).toEqual([expect.stringMatching(/^ok: /)]);
    await database.query(
      `do $$ begin execute format('drop table queue_intents_p%s', to_char((now() at time zone 'UTC')::date + 1, 'YYYYMMDD')); end $$`,
    );
    expect(await wordsAbout(diagnosis, 'queue_intents')).toEqual([
      'warning: queue_intents has no partition for tomorrow; missing in all: 1.',
    ]);
  });

  it('sees a transaction that others have left open', async () => {
    const { url, database } = await setup();
    const client = new Client({ connectionString: url, application_name: 'forgotten' });
    await client.connect();
    closing.push(() => client.end());
    await client.query('begin; select 1');
    const held = await database.query<{ kind: string; name: string }>(
      loadStatement('held-back', doctorSources),
      [0, 1024 ** 5],
    );
    expect(held).toEqual([
      expect.objectContaining({ kind: 'transaction', name: expect.stringContaining('forgotten') }),
    ]);
  });

  it('sees that wake-ups do not arrive, as behind a pooler in transaction mode', async () => {
    const { url, database } = await setup();
    const diagnosis = new Diagnosis();
    const wakeUp = new WakeUp(url);
    await wakeUp.onApplicationBootstrap();
    const standings = new TargetStandings(database, systemClock);
    const settings = { concurrency: 1, timeFactor: 1, retentionDays: 90 };
    new QueueChecks(diagnosis, database, standings, wakeUp, settings).onModuleInit();
    expect(await wordsAbout(diagnosis, 'wake-ups (LISTEN)')).toEqual([expect.stringMatching(/^ok: /)]);

    await wakeUp.onApplicationShutdown();
    expect(await wordsAbout(diagnosis, 'wake-ups (LISTEN)')).toEqual([
      expect.stringMatching(/^warning: A wake-up did not come back/),
    ]);
  });

  it('tells that the database is away instead of failing', async () => {
    const { database, diagnosis } = await setup();
    await database.close();
    const findings = await diagnosis.findings();
    expect(findings.length).toBeGreaterThan(3);
    expect(
      findings.every(({ level, what }) => level === 'error' && what.includes('could not be looked at')),
    ).toBe(true);
  });
});
