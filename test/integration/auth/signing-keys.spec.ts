import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Database } from '../../../src/platform/database/index.js';
import { SecretBox } from '../../../src/platform/secrets/index.js';
import type { TestApp } from '../../support/http-app.js';
import { addLoggedIn, bootGuardedApp } from '../../support/operators.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';

let database: TestDatabase;
let nodes: TestApp[];

beforeEach(async () => {
  database = await createTestDatabase();
  nodes = [];
});

afterEach(async () => {
  await Promise.all(nodes.map((node) => node.close()));
  await database.drop();
});

async function boot(secretBox: SecretBox): Promise<TestApp> {
  const node = await bootGuardedApp({ databaseUrl: database.url, secretBox });
  nodes.push(node);
  return node;
}

const aBox = (): SecretBox => new SecretBox(randomBytes(32));

describe('signing keys', () => {
  it('are one for nodes that start at once: each accepts what the others sign', async () => {
    const secretBox = aBox();
    const [first, ...others] = await Promise.all(Array.from({ length: 4 }, () => boot(secretBox)));
    if (first === undefined) throw new Error('no node');
    expect(await first.app.get(Database).query('select kid from auth_signing_keys')).toHaveLength(1);
    const { accessToken } = await addLoggedIn(first, 'somebody', 'auditor');
    for (const other of others) {
      const me = await other.request('GET', '/api/v1/auth/me', { token: accessToken });
      expect(me).toMatchObject({ status: 200, body: { login: 'somebody' } });
    }
  }, 30_000);

  it('outlive a restart, and with them the tokens they signed', async () => {
    const secretBox = aBox();
    const before = await boot(secretBox);
    const { accessToken } = await addLoggedIn(before, 'somebody', 'auditor');
    await before.close();
    nodes = [];
    const after = await boot(secretBox);
    expect(await after.request('GET', '/api/v1/auth/me', { token: accessToken })).toMatchObject({
      status: 200,
    });
  });

  it('stop the start, with the way out, when the data key is another one', async () => {
    await boot(aBox());
    await expect(boot(aBox())).rejects.toMatchObject({
      name: 'DataKeyError',
      message: expect.stringContaining('PROVOST_SECRETS_KEY'),
    });
  });

  it('stop the start when somebody moved a sealed key to another name', async () => {
    const secretBox = aBox();
    const node = await boot(secretBox);
    await node.app.get(Database).query("update auth_signing_keys set kid = 'mine'");
    await expect(boot(secretBox)).rejects.toMatchObject({ name: 'DataKeyError' });
  });

  it('are not readable in the database', async () => {
    const node = await boot(aBox());
    const [row] = await node.app
      .get(Database)
      .query<{ private_key_sealed: Buffer }>('select private_key_sealed from auth_signing_keys');
    expect(row?.private_key_sealed.toString('latin1')).not.toContain('PRIVATE KEY');
  });
});
