import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Global, Module } from '@nestjs/common';
import { processSettings } from '../../src/platform/config/index.js';
import { Database } from '../../src/platform/database/index.js';
import { DialerModule, dialerSettings } from '../../src/platform/dialer/index.js';
import { Expressions } from '../../src/platform/expressions/index.js';
import { HealthModule } from '../../src/platform/health/index.js';
import { MetricsModule } from '../../src/platform/metrics/index.js';
import { connectors } from '../../src/plugins/connectors/index.js';
import { provisioningEntities, ProvisioningModule } from '../../src/provisioning/index.js';
import { QueueFigures, QueueModule, QueueRuntime, queueSettings } from '../../src/queue/index.js';
import { registryEntities, RegistryModule } from '../../src/registry/index.js';
import { type Ran, runClient, type RunOptions } from '../support/client.js';
import { compiledChild } from '../support/expression-child.js';
import type { TestApp } from '../support/http-app.js';
import { addLoggedIn, addOperator, bootGuardedApp, PASSWORD } from '../support/operators.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { untilSettled } from '../support/queue-bundle.js';

@Global()
@Module({
  providers: [
    {
      provide: Expressions,
      useFactory: () =>
        new Expressions({
          log: { warn: () => undefined, error: () => undefined },
          childEntry: compiledChild(),
        }),
    },
  ],
  exports: [Expressions],
})
class TestExpressionsModule {}

let database: TestDatabase;
let service: TestApp;
let adminToken: string;
let folder: string;

beforeAll(async () => {
  database = await createTestDatabase();
  service = await bootGuardedApp({
    imports: [
      HealthModule,
      MetricsModule,
      TestExpressionsModule,
      DialerModule,
      QueueModule.of({ url: database.url, poolSize: 4, statementTimeoutMs: 15_000 }),
      RegistryModule,
      ProvisioningModule.of(connectors),
    ],
    entities: [...registryEntities, ...provisioningEntities],
    settings: [processSettings, dialerSettings, queueSettings],
    env: { PROVOST_ROLES: 'api,worker' },
    databaseUrl: database.url,
  });
  await service.app.get(QueueRuntime).start();
  adminToken = (await addLoggedIn(service, 'admin', 'administrator')).accessToken;
}, 60_000);

afterAll(async () => {
  await service?.app.get(Expressions).close();
  await service?.close();
  await database?.drop();
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'provost-cli-'));
});

afterEach(() => rm(folder, { recursive: true }));

/** One run of the client against the service. */
function provost(args: readonly string[], options: Partial<RunOptions> = {}): Promise<Ran> {
  return runClient(args, { folder, server: service.url, ...options });
}

async function succeed(...args: string[]): Promise<string> {
  const { code, out, err } = await provost(args);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return out;
}

async function json<Answer>(...args: string[]): Promise<Answer> {
  return JSON.parse(await succeed('--json', ...args)) as Answer;
}

const logIn = (login = 'admin'): Promise<Ran> =>
  provost(['login', '--login', login], { input: `${PASSWORD}\n` });
const create = (login: string, givenName: string, surname: string): string[] => [
  'identities',
  'create',
  '--login',
  login,
  '--given-name',
  givenName,
  '--surname',
  surname,
];
const sessionPath = (): string => join(folder, 'provost', 'session.json');

/** How many access tokens each session was given, oldest session first. */
async function generations(): Promise<number[]> {
  const rows = await service.app
    .get(Database)
    .query<{ generation: number }>('select generation from auth_sessions order by created_at');
  return rows.map(({ generation }) => generation);
}

async function post<Answer>(path: string, body: object): Promise<Answer> {
  const answer = await service.request<Answer>('POST', `/api/v1/${path}`, { token: adminToken, body });
  expect(answer).toMatchObject({ status: 201 });
  return answer.body;
}

/** A port of this machine where nothing listens. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The client as people start it. */
function startClient(...args: string[]): { child: ReturnType<typeof spawn>; ran: Promise<Ran> } {
  const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
  const register = path('../support/register-typescript.mjs');
  const child = spawn(process.execPath, ['--import', register, path('../../src/cli.ts'), ...args], {
    env: { PATH: process.env['PATH'], XDG_CONFIG_HOME: folder, PROVOSTCTL_SERVER: service.url },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const ran = new Promise<Ran>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? -1, out, err }));
  });
  return { child, ran };
}

describe('logging in and out', () => {
  it('keeps tokens where only the person can read them, and shows none', async () => {
    const { code, out, err } = await logIn();
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toBe(`Logged in to ${service.url} as admin.\n`);
    expect((await stat(sessionPath())).mode & 0o777).toBe(0o600);
    const stored = await readFile(sessionPath(), 'utf8');
    expect(stored).not.toContain(PASSWORD);
    const me = await succeed('whoami');
    expect(me).toMatch(/^Login +admin$/m);
    expect(me).toMatch(/^Roles +administrator$/m);
  });

  it('asks at a terminal and does not show the password', async () => {
    const { code, err, out } = await provost(['login', '--login', 'admin'], {
      isTerminal: true,
      input: `${PASSWORD}\r`,
    });
    expect({ code, err }).toEqual({ code: 0, err: 'Password: \n' });
    expect(out).not.toContain(PASSWORD);
  });

  it('ends with 3 and the service’s words when the password is wrong', async () => {
    const ran = await provost(['login', '--login', 'admin'], { input: 'wrong\n' });
    expect(ran).toMatchObject({ code: 3, out: '' });
    expect(ran.err).toContain('The login or the password is not right (401)');
    expect(await provost(['whoami'])).toMatchObject({ code: 3, out: '' });
  });

  it('ends with 3 after logging out, here and for a copy of the session', async () => {
    await logIn();
    const copy = join(folder, 'copy');
    await cp(join(folder, 'provost'), join(copy, 'provost'), { recursive: true });
    expect(await succeed('logout')).toBe(`Logged out of ${service.url}.\n`);
    const here = await provost(['queue']);
    expect(here).toMatchObject({ code: 3, out: '' });
    expect(here.err).toContain(`provost login --server ${service.url}`);
    const elsewhere = await provost(['queue'], { folder: copy });
    expect(elsewhere).toMatchObject({ code: 3, out: '' });
    expect(elsewhere.err).toContain('has ended');
    expect(await succeed('logout')).toBe(`Nobody was logged in at ${service.url}.\n`);
  });

  it('renews an expired access token once for commands that run together', async () => {
    await logIn();
    const before = await generations();
    const ahead = 11 * 60_000;
    const ran = await Promise.all(
      ['whoami', 'queue', 'roles list', 'whoami'].map((line) => provost(line.split(' '), { ahead })),
    );
    expect(ran.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    expect(await generations()).toEqual([...before.slice(0, -1), (before.at(-1) ?? 0) + 1]);
  });

  it('renews it as well when two processes find it expired', async () => {
    await logIn();
    const before = await generations();
    const stored = await readFile(sessionPath(), 'utf8');
    await writeFile(sessionPath(), stored.replace(/"accessUntil": \d+/, '"accessUntil": 0'));
    const ran = await Promise.all([startClient('whoami').ran, startClient('queue').ran]);
    expect(ran).toMatchObject([
      { code: 0, err: '' },
      { code: 0, err: '' },
    ]);
    expect(await generations()).toEqual([...before.slice(0, -1), (before.at(-1) ?? 0) + 1]);
  });

  it('renews a token that the service refuses though it looked valid', async () => {
    await logIn();
    const stored = await readFile(sessionPath(), 'utf8');
    await writeFile(sessionPath(), stored.replace(/("accessToken": ".+)...(",)/, '$1AAA$2'));
    expect(await succeed('whoami')).toContain('admin');
  });
});

describe('the process', () => {
  it('ends with the code of what happened', async () => {
    expect(await startClient('queue').ran).toMatchObject({ code: 3, out: '' });
  });

  it('ends quietly when nobody reads on', async () => {
    const { child, ran } = startClient('help');
    child.stdout?.destroy();
    expect(await ran).toMatchObject({ code: 0, err: '' });
  });

  it('says which server does not answer', async () => {
    const url = `http://127.0.0.1:${await closedPort()}`;
    const ran = await provost(['login', '--login', 'a', '--server', url], { input: 'x' });
    expect(ran).toMatchObject({ code: 4, out: '' });
    expect(ran.err).toContain(`No answer from ${url} (connection refused).`);
  });
});

describe('identities', () => {
  beforeEach(logIn);

  it('are created, found, changed, given roles and deleted', async () => {
    for (const code of ['staff', 'pilots']) await post('roles', { code, name: `All ${code}` });
    const created = await json<{ id: string; roles: string[] }>(
      ...create('anna.nova', 'Anna', 'Nová'),
      '--email',
      'anna@example.org',
      '--role',
      'staff',
    );
    expect(created).toMatchObject({ login: 'anna.nova', email: 'anna@example.org', roles: ['staff'] });
    await succeed(...create('xiaoming', '小明', '王'));

    expect(await succeed('identities', 'list')).toBe(
      [
        'LOGIN      SURNAME  GIVEN NAME  STATE   E-MAIL',
        'anna.nova  Nová     Anna        active  anna@example.org',
        'xiaoming   王       小明        active  -',
        '',
      ].join('\n'),
    );
    expect(await json('identities', 'list', '--q', 'xiao')).toMatchObject({ items: [{ login: 'xiaoming' }] });
    expect(await json('identities', 'list', '--role', 'staff')).toMatchObject({
      items: [{ id: created.id }],
    });
    const first = await json<{ next: string }>('identities', 'list', '--limit', '1');
    expect(await json('identities', 'list', '--after', first.next)).toMatchObject({
      items: [{ login: 'xiaoming' }],
      next: null,
    });

    const update = ['identities', 'update', 'ANNA.nova', '--surname', 'Svobodová', '--email', ''];
    expect(await json(...update)).toMatchObject({ id: created.id, surname: 'Svobodová', email: null });
    expect(await succeed('identities', 'assign', created.id, 'PILOTS')).toBe(
      'anna.nova has the role pilots.\n',
    );
    expect(await succeed('identities', 'show', 'anna.nova')).toMatch(/^Roles +pilots, staff$/m);
    await succeed('identities', 'unassign', 'anna.nova', 'pilots');
    expect(await json('identities', 'show', created.id)).toMatchObject({ roles: ['staff'] });

    const mistyped = await provost(['identities', 'assign', 'anna.nova', 'stafff']);
    expect(mistyped).toMatchObject({ code: 1 });
    expect(mistyped.err).toContain('Did you mean staff?');

    const asked = await provost(['identities', 'delete', 'anna.nova'], { isTerminal: true, input: 'n\n' });
    expect(asked).toMatchObject({ code: 130, out: '' });
    const agreed = await provost(['identities', 'delete', 'anna.nova'], { isTerminal: true, input: 'y\n' });
    expect(agreed).toMatchObject({ code: 0, out: 'anna.nova (Anna Svobodová) is deleted.\n' });
    expect(await provost(['identities', 'show', 'anna.nova'])).toMatchObject({ code: 1, out: '' });
    expect(await provost(['identities', 'show', created.id])).toMatchObject({ code: 1, out: '' });
  });

  it('cannot write to the terminal with their names', async () => {
    const hostile = 'A\u009b31mB\u202eC';
    await succeed(...create('mallory', 'M', 'M'), '--display-name', hostile);
    const text = await succeed('identities', 'show', 'mallory');
    expect(text).toContain(String.raw`A\x9b31mB\u{202e}C`);
    expect(await succeed('--json', 'identities', 'show', 'mallory')).not.toMatch(/[\u0080-\u009f\u202e]/);
    expect(await json('identities', 'show', 'mallory')).toMatchObject({ displayName: hostile });
  });

  it('are refused with every faulty place', async () => {
    const args = [...create(' ', 'A', 'B'), '--email', 'x'];
    const ran = await provost(args);
    expect(ran).toMatchObject({ code: 1, out: '' });
    expect(ran.err).toMatch(/^The request is not valid \(400\)\n/);
    expect(ran.err).toMatch(/^ {2}\/login {2}/m);
    expect(ran.err).toMatch(/^ {2}\/email {2}must be an address/m);
    const { err } = await provost(['--json', ...args]);
    expect(JSON.parse(err)).toMatchObject({ type: '/problems/http/invalid-request', status: 400 });
  });

  it('are kept from those who may only read', async () => {
    await addOperator(service, 'auditor', 'auditor');
    await logIn('auditor');
    expect(await provost(['identities', 'list'])).toMatchObject({ code: 0 });
    const ran = await provost(create('z', 'Z', 'Z'));
    expect(ran).toMatchObject({ code: 1, out: '', err: expect.stringContaining('(403)') });
  });
});

describe('the queue of a system that does not answer', () => {
  let operation: string;
  let port: number;

  beforeAll(async () => {
    port = await closedPort();
    const system = await post<{ id: string }>('systems', {
      name: 'Payroll',
      connector: 'sql',
      config: { host: '127.0.0.1', port, database: 'pay', user: 'p', table: 'people', keyColumn: 'login' },
      secrets: { password: 'not needed' },
    });
    const mapping = await post<{ id: string }>(`systems/${system.id}/mappings`, {
      entityType: 'identity',
      objectClass: 'people',
      identifierExpression: 'identity.login',
      attributes: [{ attribute: 'name', expression: 'identity.surname' }],
    });
    const role = await post<{ id: string }>('roles', { code: 'payee', name: 'Payee' });
    await service.request('PUT', `/api/v1/roles/${role.id}/mappings/${mapping.id}`, { token: adminToken });
    // Another process, which fires the retries; here nothing is to be tried again by itself.
    await service.app
      .get(Database)
      .query(
        `insert into queue_executors (node, pid, roles, beat_at) values ('idm2', 1, array['scheduler'], now() + interval '1 day')`,
      );
    await post('identities', { login: 'paul', givenName: 'Paul', surname: 'P', roles: ['payee'] });
    await untilSettled(service.app.get(QueueFigures), async () => {
      const { body } = await service.request<{ items: { id: string }[] }>(
        'GET',
        '/api/v1/operations?state=FAILED',
        { token: adminToken },
      );
      operation = body.items[0]?.id ?? '';
      return operation !== '';
    });
  });

  beforeEach(logIn);

  it('says what waits, why, until when, and what a person can do', async () => {
    expect(await succeed('queue')).toMatch(/^Failed or unknown +1$/m);
    const list = await succeed('queue', 'list', '--system', 'payroll', '--state', 'failed');
    expect(list).toMatch(/^ID +STATE +SUBJECT +TRIES +UNTIL +WHY\n/);
    expect(list).toMatch(new RegExp(`^${operation} +FAILED .*paul.* 1 .*Z \\(.+\\)  .*ECONNREFUSED`, 'm'));
    expect(await succeed('queue', 'list', '--state', 'unknown')).toBe('Nothing waits.\n');

    const shown = await succeed('queue', 'show', operation);
    expect(shown).toMatch(new RegExp(`^Why it waits +.*ECONNREFUSED.*${port}`, 'm'));
    expect(shown).toMatch(/^Until +\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ \(.+\)$/m);
    expect(shown).toMatch(new RegExp(`^ +Try it now +provost queue retry ${operation}$`, 'm'));
    expect(shown).toMatch(/^Caused by +local:admin$/m);
    expect(shown).toMatch(/^1 +.* transient +unreachable +.*ECONNREFUSED/m);
  });

  it('refuses a system or an operation that does not exist', async () => {
    const mistyped = await provost(['queue', 'list', '--system', 'Payrol']);
    expect(mistyped).toMatchObject({ code: 1, out: '' });
    expect(mistyped.err).toContain('Did you mean Payroll?');
    expect(await provost(['queue', 'show', 'o999-1'])).toMatchObject({ code: 1, out: '' });
    expect(await provost(['queue', 'show', '../../identities'])).toMatchObject({ code: 2, out: '' });
  });

  it('warns of a system that does without encryption', async () => {
    await post('systems', {
      name: 'Archive',
      connector: 'sql',
      config: {
        host: 'archive.example.org',
        database: 'pay',
        user: 'p',
        table: 'people',
        keyColumn: 'login',
        insecure: 'clear-text',
      },
      secrets: { password: 'not needed' },
    });

    expect(await succeed('systems', 'list')).toMatch(/^Archive +sql +at once +clear-text/m);
    expect(await succeed('systems', 'show', 'Archive')).toMatch(
      /^Warning +Nothing is encrypted on the way to archive\.example\.org/m,
    );
  });

  it('shows the system, what a test of it finds, and the account that is not there yet', async () => {
    expect(await succeed('systems', 'list')).toMatch(/^Payroll +sql +at once/m);
    expect(await succeed('systems', 'show', 'PAYROLL')).toMatch(new RegExp(`^ {2}port +${port}$`, 'm'));
    const tested = await provost(['systems', 'test', 'Payroll']);
    expect(tested).toMatchObject({ code: 1, err: '' });
    expect(tested.out).toMatch(/^Result +unreachable$/m);
    expect(await succeed('accounts', 'list', '--identity', 'paul', '--system', 'Payroll')).toMatch(
      /^Payroll +paul +wanted +\d+ +- +/m,
    );
  });

  it('tries again when told to, and gives up with a reason', async () => {
    const attempts = async (): Promise<number> =>
      (await json<{ history: unknown[] }>('queue', 'show', operation)).history.length;
    expect(await succeed('queue', 'retry', operation)).toMatch(new RegExp(`^${operation} is `));
    await untilSettled(service.app.get(QueueFigures), async () => (await attempts()) === 2);

    const words = 'The person left.';
    const canceled = await succeed('queue', 'cancel', operation, '--reason', words);
    expect(canceled).toBe(`${operation} is CANCELED. Canceled by local:admin: ${words}\n`);
    expect(await succeed('queue', 'show', operation)).toMatch(
      /^What you can do +Nothing: it is finished\.$/m,
    );
    const again = await provost(['queue', 'cancel', operation, '--reason', words]);
    expect(again).toMatchObject({ code: 1, out: '' });
    expect(again.err).toContain('The operation is finished (409)');
    expect(await provost(['queue', 'retry', operation])).toMatchObject({ code: 1 });
  });
});
