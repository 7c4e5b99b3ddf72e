import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SetupService } from '../../../src/auth/index.js';
import { Database } from '../../../src/platform/database/index.js';
import type { TestApp, TestResponse } from '../../support/http-app.js';
import { untilWaitingForLock } from '../../support/lock-waits.js';
import { addOperator, bootGuardedApp, logIn, PASSWORD } from '../../support/operators.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';

let database: TestDatabase;
let app: TestApp;

beforeEach(async () => {
  database = await createTestDatabase();
  app = await bootGuardedApp({ databaseUrl: database.url });
}, 30_000);

afterEach(async () => {
  await app?.close();
  await database?.drop();
});

const sql = <Row = Record<string, unknown>>(text: string): Promise<Row[]> =>
  app.app.get(Database).query<Row>(text);
const issue = (): Promise<string | null> => app.app.get(SetupService).issueSetupToken();
const setUp = (
  token: string | null,
  login = 'first',
  password = PASSWORD,
): Promise<TestResponse<Record<string, unknown>>> =>
  app.request('POST', '/api/v1/auth/setup', { body: { token, login, password } });

describe('setting up', () => {
  it('makes the first administrator, who can log in', async () => {
    const { status, body, headers } = await setUp(await issue());
    expect(status).toBe(201);
    expect(body).toMatchObject({ login: 'first', roles: ['administrator'], isDisabled: false });
    expect(headers.get('location')).toBe(`/api/v1/operators/${String(body['id'])}`);
    expect(await logIn(app, 'first')).toMatchObject({ id: body['id'] });
    expect(await sql("select actor, action from audit_records where action = 'operator.created'")).toEqual([
      { actor: 'setup', action: 'operator.created' },
    ]);
  });

  it('makes exactly one administrator of ten who come at once', async () => {
    const token = await issue();
    const observer = new Database({
      url: database.url,
      applicationName: 'spec',
      poolSize: 2,
      statementTimeoutMs: 15_000,
    });
    await observer.connect();
    try {
      // Nobody gets the token before all ten have come for it.
      const answers = await observer.transact(async (transaction) => {
        await transaction.query('select is_only from auth_setup_tokens for update');
        const all = Array.from({ length: 10 }, (_, index) => setUp(token, `candidate-${index}`));
        await untilWaitingForLock(observer, 10);
        return { all };
      });
      const statuses = (await Promise.all(answers.all))
        .map(({ status }) => status)
        .sort((left, right) => left - right);
      expect(statuses).toEqual([201, ...Array.from({ length: 9 }, () => 409)]);
    } finally {
      await observer.close();
    }
    expect(await sql('select login from auth_operators')).toHaveLength(1);
    expect(await sql('select is_only from auth_setup_tokens')).toEqual([]);
  });

  it('works once', async () => {
    const token = await issue();
    await setUp(token);
    expect(await setUp(token, 'second')).toMatchObject({
      status: 409,
      body: { type: '/problems/auth/setup-done' },
    });
    expect(await issue()).toBeNull();
  });

  it('takes only the token of the newest start', async () => {
    const [old, newest] = [await issue(), await issue()];
    expect(await setUp(old)).toMatchObject({
      status: 401,
      body: { type: '/problems/auth/setup-token-refused' },
    });
    expect(await setUp(newest)).toMatchObject({ status: 201 });
  });

  it('takes no token older than 24 hours', async () => {
    const token = await issue();
    await sql("update auth_setup_tokens set expires_at = expires_at - interval '24 hours'");
    expect(await setUp(token)).toMatchObject({ status: 401 });
    expect(await sql('select id from auth_operators')).toEqual([]);
  });

  it.each([
    ['no token was made', async () => 'A'.repeat(43)],
    ['the token is guessed', async () => (await issue())?.replace(/^./, '!') ?? ''],
  ])('is refused when %s', async (_, token) => {
    expect(await setUp(await token())).toMatchObject({ status: 401 });
  });

  it('keeps the token when the password will not do', async () => {
    const token = await issue();
    const refused = await setUp(token, 'first', 'too short');
    expect(refused).toMatchObject({ status: 400, body: { errors: [{ pointer: '/password' }] } });
    expect(await setUp(token)).toMatchObject({ status: 201 });
  });

  it('is over as soon as an operator came another way', async () => {
    const token = await issue();
    await addOperator(app, 'seeded', 'auditor');
    expect(await setUp(token)).toMatchObject({ status: 409 });
    expect(await issue()).toBeNull();
  });

  it('is not over because the directory let somebody in: it may be away', async () => {
    await sql(
      `insert into auth_operators (realm, login, display_name, roles)
       values ('dsa', 'robot', 'Robot', '{administrator}')`,
    );
    expect(await setUp(await issue())).toMatchObject({ status: 201 });
    expect(await issue()).toBeNull();
  });

  it.each([['qwertyuiop123'], ['firstfirstfirst']])('takes no common password: %s', async (password) => {
    const token = await issue();
    expect(await setUp(token, 'first', password)).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: '/password' }] },
    });
    expect(await setUp(token)).toMatchObject({ status: 201 });
  });

  it('makes whoever guesses tokens wait', async () => {
    await issue();
    let answer: TestResponse<Record<string, unknown>>;
    do answer = await setUp('A'.repeat(43));
    while (answer.status === 401);
    expect(answer.status).toBe(429);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('stores the token only as a hash', async () => {
    const token = await issue();
    const stored = JSON.stringify(await sql('select auth_setup_tokens::text from auth_setup_tokens'));
    expect(stored).not.toContain(token);
    expect(stored).not.toContain(Buffer.from(String(token)).toString('hex'));
  });
});
