import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { Database } from '../../../src/platform/database/index.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';
import { startWholeApp, type WholeApp } from '../../support/whole-app.js';

const NAMES = ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout'] as const;

describe('a session of the service', () => {
  let database: TestDatabase;
  let whole: WholeApp;
  let owner: Client;

  beforeAll(async () => {
    database = await createTestDatabase();
    whole = await startWholeApp(database.url, { PROVOST_DATABASE_LOCK_TIMEOUT_MS: '150' });
    owner = new Client({ connectionString: database.url });
    await owner.connect();
  }, 30_000);

  afterAll(async () => {
    await owner.end();
    await whole.close();
    await database.drop();
  });

  it('has limits for statements, locks and idle transactions', async () => {
    const rows = await whole.app
      .get(Database)
      .query('select name, setting from pg_settings where name = any ($1) order by name', [NAMES]);
    expect(rows).toEqual([
      { name: 'idle_in_transaction_session_timeout', setting: '30000' },
      { name: 'lock_timeout', setting: '150' },
      { name: 'statement_timeout', setting: '5000' },
    ]);
  });

  it('gives up on a lock that somebody keeps, and works on', async () => {
    await owner.query('begin; lock table registry_roles in access exclusive mode');
    const waiting = whole.app.get(Database).query('select from registry_roles');
    await expect(waiting).rejects.toMatchObject({ code: '55P03' });
    await owner.query('rollback');
    expect(await whole.app.get(Database).query('select from registry_roles')).toEqual([]);
  });
});
