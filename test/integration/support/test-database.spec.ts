import { describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { createEmptyDatabase, createTestDatabase, withDatabase } from '../../support/postgres.js';

async function ask(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

describe('createTestDatabase', () => {
  it('gives each spec a database of its own, migrated', async () => {
    const [one, other] = await Promise.all([createTestDatabase(), createTestDatabase()]);
    await ask(one.url, 'create table mine ()');

    await expect(ask(other.url, "select to_regclass('mine') as mine")).resolves.toEqual([{ mine: null }]);
    await expect(ask(other.url, 'select count(*) > 0 as any from platform_migrations')).resolves.toEqual([
      { any: true },
    ]);
    await Promise.all([one.drop(), other.drop()]);
  });

  it('removes the database although somebody is connected, and when it is gone already', async () => {
    const database = await createTestDatabase();
    const client = new Client({ connectionString: database.url });
    const ended = new Promise((resolve) => client.on('error', resolve));
    await client.connect();

    await database.drop();
    await ended;
    await database.drop();

    await expect(ask(database.url, 'select 1')).rejects.toThrow(/does not exist/);
  });
});

describe('createEmptyDatabase', () => {
  it('has no table', async () => {
    const database = await createEmptyDatabase();

    await expect(ask(database.url, "select from pg_tables where schemaname = 'public'")).resolves.toEqual([]);
    await database.drop();
  });
});

describe('withDatabase', () => {
  it('changes the database and nothing else', () => {
    expect(withDatabase('postgresql://u%40x:p%2F@127.0.0.1:5/a?sslmode=disable', 'b')).toBe(
      'postgresql://u%40x:p%2F@127.0.0.1:5/b?sslmode=disable',
    );
  });
});
