import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { hash } from '@node-rs/argon2';
import { Database } from '../../../src/platform/database/index.js';
import type { TestApp } from '../../support/http-app.js';
import { addLoggedIn, bootGuardedApp, logIn, PASSWORD } from '../../support/operators.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';

let database: TestDatabase;
let node: TestApp;

beforeAll(async () => {
  database = await createTestDatabase();
  node = await bootGuardedApp({ databaseUrl: database.url });
}, 30_000);

afterAll(async () => {
  await node?.close();
  await database?.drop();
});

const sql = <Row = Record<string, unknown>>(text: string, values: unknown[] = []): Promise<Row[]> =>
  node.app.get(Database).query<Row>(text, values);

/** Somebody whose password was hashed with less work than today. */
async function setup(login: string) {
  const { id, accessToken } = await addLoggedIn(node, login, 'auditor');
  const weak = await hash(PASSWORD, { memoryCost: 8_192, timeCost: 1, parallelism: 1, outputLen: 32 });
  await sql('update auth_operators set password_hash = $2 where id = $1', [id, weak]);
  const stored = async () => {
    const [row] = await sql<{ password_hash: string; version: number }>(
      'select password_hash, version from auth_operators where id = $1',
      [id],
    );
    return row;
  };
  return { login, accessToken, weak, stored };
}

describe('a password hash of less work than today', () => {
  it('is made again at the next login, and every session stays', async () => {
    const { login, accessToken, stored } = await setup('old-one');
    const before = await stored();
    await logIn(node, login);
    expect(await stored()).toEqual({
      password_hash: expect.stringMatching(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/),
      version: before?.version,
    });
    expect(await node.request('GET', '/api/v1/auth/me', { token: accessToken })).toMatchObject({
      status: 200,
    });
    expect(await logIn(node, login)).toMatchObject({ login });
  });

  it('stays as it is when the password was wrong', async () => {
    const { login, weak, stored } = await setup('guessed-one');
    await expect(logIn(node, login, 'wrong horse battery staple')).rejects.toThrow('401');
    expect(await stored()).toMatchObject({ password_hash: weak });
  });
});
