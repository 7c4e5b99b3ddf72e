// What PostgreSQL says about a value never reaches the log with the value in it.
import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Database } from '../../../src/platform/database/index.js';
import { JsonLogger } from '../../../src/platform/logging/index.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';

const CANARY = 'hunter2-"quoted"-canary';
const PIECES = ['hunter2', 'quoted', 'canary'];

let testDatabase: TestDatabase;
let database: Database;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = new Database({
    url: testDatabase.url,
    applicationName: 'test',
    poolSize: 2,
    statementTimeoutMs: 5_000,
  });
  await database.connect();
});

afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});

function logged(error: unknown): string {
  let text = '';
  const destination = new Writable({
    write: (chunk, _encoding, done) => {
      text += String(chunk);
      done();
    },
  });
  new JsonLogger('info', destination).error({ err: error }, 'failed', 'test');
  return text;
}

describe('an error of the database in the log', () => {
  it.each([
    ['22P02', 'select $1::uuid'],
    ['22P02', 'select $1::integer'],
    ['22P02', 'select $1::jsonb'],
    ['22P02', 'select $1::integer[]'],
    ['22007', 'select $1::timestamptz'],
    ['22007', `select to_date($1, 'YYYY-MM-DD')`],
    ['23505', 'insert into registry_roles (code, name) values ($1, $1), ($1, $1)'],
    ['23502', 'insert into auth_operators (login, display_name) values ($1, $1)'],
    ['23514', `insert into queue_targets (name, mode) values ($1, $1)`],
    ['23503', `insert into queue_lanes (key, target_id, shard, state) values ($1, 999, 0, 'idle')`],
    ['22012', 'select length($1::text) / 0'],
  ])('is told by its code (%s) without the value: %s', async (code, statement) => {
    const failures = [
      await database.query(statement, [CANARY]).catch((error: unknown) => error),
      await database.manager.query(statement, [CANARY]).catch((error: unknown) => error),
    ];
    for (const error of failures) {
      expect(error).toMatchObject({ code });
      const line = logged(error);
      expect(line).toContain(code);
      for (const piece of PIECES) expect(line).not.toContain(piece);
    }
  });
});
