import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { migrations } from '../../../migrations/index.js';
import { migrate, SchemaError, schemaState } from '../../../src/platform/database/index.js';
import { ARCHIVED_STATES, LANE_STATES, QUEUED_STATES } from '../../../src/queue/domain/operation-state.js';
import { describeCatalogue } from '../../support/catalogue.js';
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from '../../support/postgres.js';
import { root } from '../../support/repository.js';
import { walk } from '../../support/walk.js';

const GOLDEN = `${root}/migrations/schema.txt`;

describe('the schema', () => {
  let database: TestDatabase;
  let client: Client;

  beforeAll(async () => {
    database = await createTestDatabase();
    client = new Client({ connectionString: database.url });
    await client.connect();
  });

  afterAll(async () => {
    await client.end();
    await database.drop();
  });

  it('is what migrations/schema.txt says (renew it with UPDATE_SCHEMA=1 and read the difference)', async () => {
    const now = await describeCatalogue(database.url);
    if (process.env['UPDATE_SCHEMA'] === '1' || !existsSync(GOLDEN)) writeFileSync(GOLDEN, now);
    expect(now).toBe(readFileSync(GOLDEN, 'utf8'));
  });

  it('knows exactly the states that the code knows', async () => {
    const statesOf = async (constraint: string): Promise<string[]> => {
      const { rows } = await client.query<{ text: string }>(
        'select pg_get_constraintdef(oid) as text from pg_constraint where conname = $1 limit 1',
        [constraint],
      );
      return [...(rows[0]?.text ?? '').matchAll(/'([^']+)'::text/g)]
        .map(([, state = '']) => state)
        .toSorted();
    };
    expect(await statesOf('queue_operations_state_check')).toEqual([...QUEUED_STATES].toSorted());
    expect(await statesOf('queue_archive_state_check')).toEqual([...ARCHIVED_STATES].toSorted());
    expect(await statesOf('queue_lanes_state_check')).toEqual([...LANE_STATES].toSorted());
  });

  it.each(
    walk(`${root}/src`)
      .filter((file) => file.endsWith('.sql'))
      .map((file) => file.slice(root.length + 1)),
  )('can prepare %s', async (file) => {
    await client.query(`prepare checked as ${readFileSync(`${root}/${file}`, 'utf8')}`);
    await client.query('deallocate checked');
  });
});

describe('migrating', () => {
  const log = (): void => undefined;

  it('applies everything once, when two processes start together too', async () => {
    const database = await createEmptyDatabase();
    try {
      const applied = await Promise.all([1, 2].map(() => migrate({ url: database.url, migrations, log })));
      expect(applied.map(({ length }) => length).toSorted((left, right) => left - right)).toEqual([
        0,
        migrations.length,
      ]);
      expect(await schemaState(database.url, migrations)).toEqual({ pending: [], unknown: [] });
      expect(await migrate({ url: database.url, migrations, log })).toEqual([]);
    } finally {
      await database.drop();
    }
  });

  it('refuses a database that a newer version migrated', async () => {
    const database = await createTestDatabase();
    try {
      await expect(migrate({ url: database.url, migrations: migrations.slice(0, -1), log })).rejects.toThrow(
        SchemaError,
      );
    } finally {
      await database.drop();
    }
  });

  it('goes on after a migration that failed, without repeating those before it', async () => {
    class Broken1999000000000 implements MigrationInterface {
      static isBroken = true;
      async up(runner: QueryRunner): Promise<void> {
        await runner.query('create table probe (id integer)');
        if (Broken1999000000000.isBroken) throw new Error('the disk is full');
      }
      async down(): Promise<void> {}
    }
    class Concurrent1999000000001 implements MigrationInterface {
      transaction = false;
      async up(runner: QueryRunner): Promise<void> {
        await runner.query('create index concurrently probe_id_idx on probe (id)');
      }
      async down(): Promise<void> {}
    }
    const database = await createTestDatabase();
    const all = [...migrations, Broken1999000000000, Concurrent1999000000001];
    try {
      await expect(migrate({ url: database.url, migrations: all, log })).rejects.toThrow('the disk is full');
      expect((await schemaState(database.url, all)).pending).toEqual([
        'Broken1999000000000',
        'Concurrent1999000000001',
      ]);
      Broken1999000000000.isBroken = false;
      const applied = await Promise.all(
        [1, 2].map(() => migrate({ url: database.url, migrations: all, log })),
      );
      expect(applied.flat()).toEqual(['Broken1999000000000', 'Concurrent1999000000001']);
    } finally {
      await database.drop();
    }
  });
});
