// What operators do with the client beside people and the queue, against the whole application.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Sealer } from '../../src/audit/index.js';
import { OperatorsService, type Role, ROLES, SYSTEM_AUTHOR } from '../../src/auth/index.js';
import { type Ran, runClient, type RunOptions } from '../support/client.js';
import { PASSWORD } from '../support/operators.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { startWholeApp, type WholeApp } from '../support/whole-app.js';

const TICK = 'ProvisioningQueueTaskExecutor';
let database: TestDatabase;
let dataDirectory: string;
let service: WholeApp;
let folder: string;

beforeAll(async () => {
  database = await createTestDatabase();
  dataDirectory = await mkdtemp(join(tmpdir(), 'provost-data-'));
  // No scheduler: what fires here is what the client asks for.
  const env = { PROVOST_ROLES: 'api,worker', PROVOST_DATA: dataDirectory };
  service = await startWholeApp(database.url, env);
  await addOperator('admin', 'administrator');
}, 60_000);

afterAll(async () => {
  await service?.close();
  await database?.drop();
  await rm(dataDirectory, { recursive: true });
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'provost-cli-'));
});

afterEach(() => rm(folder, { recursive: true }));

async function addOperator(login: string, ...roles: Role[]): Promise<void> {
  const request = { login, displayName: `The ${login}`, password: PASSWORD, roles };
  await service.app.get(OperatorsService).create(request, SYSTEM_AUTHOR);
}

function provost(args: string, options: Partial<RunOptions> = {}): Promise<Ran> {
  const words = (args.match(/'[^']*'|\S+/g) ?? []).map((word) => word.replaceAll("'", ''));
  return runClient(words, { folder, server: service.url, ...options });
}

async function succeed(args: string): Promise<string> {
  const { code, out, err } = await provost(args);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return out;
}

async function json<Answer>(args: string): Promise<Answer> {
  return JSON.parse(await succeed(`--json ${args}`)) as Answer;
}

const logIn = (login = 'admin', password = PASSWORD): Promise<Ran> =>
  provost(`login --login ${login}`, { input: `${password}\n` });

describe('schedules', () => {
  beforeEach(() => logIn());

  it('are listed and shown with when they fire', async () => {
    expect(await succeed('schedule list')).toMatch(
      new RegExp(`^${TICK} +waiting +\\d{4}-\\d\\d-\\d\\d .*0 \\* \\* \\* \\* \\* +UTC$`, 'm'),
    );
    const shown = await succeed('schedule show provisioningqueuetaskexecutor');
    expect(shown).toMatch(/^Missed times +once$/m);
    const mistyped = await provost('schedule show ProvisioningQueueTaskExecuter');
    expect(mistyped).toMatchObject({ code: 1, err: expect.stringContaining(`Did you mean ${TICK}?`) });
  });

  it('show the next times as the clocks there do, saved or not', async () => {
    const odd = '--from 2027-03-27T00:00:00Z --count 2';
    const lines = ['2027-03-27 02:30:00 +01:00', '2027-03-28 03:00:00 +02:00'];
    const out = await succeed(`schedule preview --cron '0 30 2 * * *' --zone Europe/Prague ${odd}`);
    expect(out.match(/^2027.{22}/gm)).toEqual(lines);
    await succeed(`schedule set ${TICK} --cron '0 30 2 * * *' --zone Europe/Prague`);
    expect((await succeed(`schedule next ${TICK} ${odd}`)).match(/^2027.{22}/gm)).toEqual(lines);
    expect(await json(`schedule next ${TICK} --count 1 --from 2027-03-28T00:00:00Z`)).toEqual({
      cron: '0 30 2 * * *',
      zone: 'Europe/Prague',
      slots: [{ slot: '2027-03-28T01:00:00.000Z', localTime: '2027-03-28T03:00:00', offset: '+02:00' }],
    });
  });

  it('are paused, resumed and changed, and not by a mistake', async () => {
    expect(await succeed(`schedule pause ${TICK}`)).toMatch(/^State +paused$/m);
    expect(await json(`schedule resume ${TICK}`)).toMatchObject({ isPaused: false });
    expect(await succeed(`schedule set ${TICK} --catch-up all`)).toMatch(/^Missed times +all$/m);
    const wrong = await provost(`schedule set ${TICK} --cron '30 2 * * *' --zone Europe/Prag`);
    expect(wrong).toMatchObject({ code: 1, out: '' });
    expect(wrong.err).toMatch(/^ {2}\/cron {2}.*six fields/m);
    expect(wrong.err).toMatch(/^ {2}\/zone {2}.*Did you mean Europe\/Prague\?/m);
    expect(await provost(`schedule set ${TICK}`)).toMatchObject({ code: 2 });
    expect(await provost(`schedule set ${TICK} --catch-up twice`)).toMatchObject({ code: 2 });
  });

  it('run when they are told to, and say what came of it', async () => {
    expect(await succeed(`schedule run ${TICK}`)).toBe(`${TICK} succeeded: admitted 0\n`);
    expect(await succeed(`schedule runs ${TICK} --limit 1`)).toMatch(
      /Z \(.+\) +succeeded +manual +- +local:admin +\S+ +admitted 0$/m,
    );
  });
});

describe('the audit record', () => {
  beforeEach(() => logIn());

  it('is searched, shown, verified, exported and held against a checkpoint', async () => {
    await succeed(`schedule set ${TICK} --cron '0 0 4 * * *'`);
    await succeed(`schedule set ${TICK} --cron '0 0 5 * * *'`);
    const page = await json<{ items: { id: number }[] }>(
      `audit search --action schedule.updated --object-id ${TICK} --limit 1`,
    );
    const id = page.items[0]?.id ?? 0;
    expect(await succeed(`audit show ${id}`)).toMatch(/^After *\n(.*\n)* {2}cron +0 0 5 \* \* \*$/m);

    const unsealed = async (): Promise<number> =>
      (await json<{ unsealedCount: number }>('audit verify')).unsealedCount;
    while ((await unsealed()) > 0) await service.app.get(Sealer).seal();
    expect(await succeed('audit verify')).toMatch(/^Result +intact$/m);
    const kept = join(folder, 'checkpoints');
    await writeFile(kept, await succeed('audit checkpoint'));
    expect(await succeed(`audit verify --checkpoint ${kept}`)).toMatch(/^Checkpoint +matches$/m);
    await writeFile(kept, (await readFile(kept, 'utf8')).replace(/"position":\d+/, '"position":1'));
    const forged = await provost(`audit verify --checkpoint ${kept}`);
    expect(forged).toMatchObject({ code: 1, err: '' });
    expect(forged.out).toMatch(/^Result +NOT INTACT$/m);

    const file = join(folder, 'audit.ndjson');
    expect(await succeed(`audit export --output ${file}`)).toMatch(/^\d+ records are in /);
    const records = (await readFile(file, 'utf8')).trimEnd().split('\n');
    expect(records.map((line) => (JSON.parse(line) as { id: number }).id)).toContain(id);
    expect(await succeed('audit export')).toContain(`"id":${id}`);
  });

  it('is not shown to those who may not see it', async () => {
    await addOperator('worker', 'operator');
    await logIn('worker');
    for (const command of ['audit search', 'audit verify', 'audit export', 'audit checkpoint']) {
      expect(await provost(command)).toMatchObject({ code: 1, err: expect.stringContaining('(403)') });
    }
  });
});

describe('operators', () => {
  const path = (): string => join(folder, 'password');

  beforeEach(async () => {
    await writeFile(path(), `${PASSWORD}\n`);
    await logIn();
  });

  it('are created with a password from a file, shown, disabled, enabled and deleted', async () => {
    const created = `operators create --login night --display-name 'Night shift' --role operator --password-file ${path()}`;
    expect(await succeed(created)).toMatch(/^Login +night\nRealm +local\nName +Night shift$/m);
    expect(await succeed('operators list')).toMatch(/^night +local +Night shift +active +operator$/m);
    expect(await succeed('operators disable LOCAL:night')).toMatch(/^State +disabled$/m);
    expect(await logIn('night')).toMatchObject({ code: 3 });
    expect(await json('operators enable night')).toMatchObject({ isDisabled: false });
    const asked = await provost('operators delete night', { isTerminal: true, input: 'n\n' });
    expect(asked).toMatchObject({ code: 130, out: '' });
    expect(await succeed('operators delete night --yes')).toBe('local:night (Night shift) is deleted.\n');
    const gone = await provost('operators show nigth');
    expect(gone).toMatchObject({ code: 1, out: '', err: expect.stringContaining('provost operators list') });
  });

  it('are updated: the name, all the roles, and a password that ends what is open', async () => {
    await addOperator('otto', 'operator');
    const elsewhere = { folder: join(folder, 'otto') };
    const enter = (password: string): Promise<Ran> =>
      provost('login --login otto', { ...elsewhere, input: `${password}\n` });
    expect(await enter(PASSWORD)).toMatchObject({ code: 0 });
    expect(
      await succeed(`operators update otto --display-name 'Otto N.' --role AUDITOR --role approver`),
    ).toMatch(/^Name +Otto N\.\n(.*\n)*Roles +(auditor, approver|approver, auditor)$/m);
    const every = ROLES.map((role) => `--role ${role}`).join(' ');
    const { roles, displayName } = await json<{ roles: Role[]; displayName: string }>(
      `operators update otto ${every}`,
    );
    expect({ roles: new Set(roles), displayName }).toEqual({ roles: new Set(ROLES), displayName: 'Otto N.' });

    const [piped, fromFile, typed] = ['piped', 'filed', 'typed'].map(
      (how) => `a long ${how} staple of horses`,
    );
    await provost('operators update otto --new-password', { input: `${piped}\n` });
    expect(await provost('whoami', elsewhere)).toMatchObject({ code: 3 });
    expect(await enter(PASSWORD)).toMatchObject({ code: 3 });
    expect(await enter(piped ?? '')).toMatchObject({ code: 0 });
    await writeFile(path(), `${fromFile}\n`);
    await succeed(`operators update otto --new-password-file ${path()}`);
    expect(await enter(fromFile ?? '')).toMatchObject({ code: 0 });
    const asked = { isTerminal: true, input: [`${typed}\r`, 'something else\r'] };
    expect(await provost('operators update otto --new-password', asked)).toMatchObject({ code: 2 });
    expect(await enter(fromFile ?? '')).toMatchObject({ code: 0 });
  });

  it('are not created or updated by half a command', async () => {
    const create = `operators create --login nora --display-name Nora --password-file ${path()}`;
    for (const [command, said] of [
      [create, '--role is missing'],
      [`${create} --role admin`, '--role must be one of administrator, '],
      ['operators update admin', 'Name something to change'],
      ['services create --login nora --display-name Nora', '--permission is missing'],
    ] as const) {
      const { code, out, err } = await provost(command);
      expect({ code, out, err }).toEqual({ code: 2, out: '', err: expect.stringContaining(said) });
    }
    expect((await provost('help operators create')).out).toMatch(
      /--role ROLE .* One of administrator, operator, /,
    );
  });

  it('are listed page by page as the end of each says', async () => {
    await addOperator('paula', 'operator');
    const first = await succeed('operators list --limit 1');
    const after = /^There are more: go on with (--after \S+), or give a larger --limit\.$/m.exec(first)?.[1];
    const second = await succeed(`operators list --limit 1 ${after}`);
    expect(second).toMatch(/^LOGIN/);
    expect(second.split('\n')[1]).not.toBe(first.split('\n')[1]);
  });

  it('change their own password and see their own sessions, ending them one by one or all', async () => {
    await addOperator('olga', 'operator');
    const elsewhere = await mkdtemp(join(tmpdir(), 'provost-cli-'));
    try {
      const login = { folder: elsewhere, input: `${PASSWORD}\n` };
      await provost('login --login olga', login);
      await logIn('olga');
      const sessions = async (): Promise<{ id: string; isCurrent: boolean; client: string }[]> =>
        (await json<{ items: { id: string; isCurrent: boolean; client: string }[] }>('sessions')).items;
      const [other] = (await sessions()).filter(({ isCurrent }) => !isCurrent);
      expect(other?.client).toMatch(/^provost\/\d/);
      await succeed(`sessions end ${other?.id}`);
      expect(await provost('whoami', { folder: elsewhere })).toMatchObject({ code: 3 });

      await provost('login --login olga', login);
      const next = 'a staple battery that a horse corrects';
      const typed = [PASSWORD, next, next].map((line) => `${line}\r`);
      expect(await provost('password', { isTerminal: true, input: typed })).toMatchObject({ code: 0 });
      expect(await provost('whoami', { folder: elsewhere })).toMatchObject({ code: 3 });
      expect(await succeed('whoami')).toMatch(/^Name +The olga$/m);

      expect(await provost('login --login olga', { ...login, input: next })).toMatchObject({ code: 0 });
      expect(await succeed('logout --everywhere')).toContain('everywhere');
      expect(await provost('whoami', { folder: elsewhere })).toMatchObject({ code: 3 });

      await provost('login --login olga', { ...login, input: next });
      await logIn();
      await succeed('operators sessions end olga');
      expect(await provost('whoami', { folder: elsewhere })).toMatchObject({ code: 3 });
    } finally {
      await rm(elsewhere, { recursive: true });
    }
  });
});

describe('a service', () => {
  beforeEach(() => logIn());

  it('logs in by a key file, renews by itself, and is refused once the key is revoked', async () => {
    const may = '--permission schedules.read --permission queue.read';
    const created = await succeed(`services create --login timer --display-name 'The timer' ${may}`);
    expect(created).toMatch(/^May do +queue\.read, schedules\.read$/m);
    const keyFile = join(folder, 'key');
    const made = await succeed(`services keys create timer --name 'on host a' --days 30 --output ${keyFile}`);
    expect(made).toMatch(/^The key \S+ is in /);
    expect((await stat(keyFile)).mode & 0o777).toBe(0o600);
    const key = (await readFile(keyFile, 'utf8')).trim();
    const { items } = await json<{ items: { id: string }[] }>('services keys list timer');
    expect(items).toMatchObject([{ name: 'on host a', lastUsedAt: null }]);

    const place = { folder: join(folder, 'timer') };
    const loggedIn = await provost(`login --service-key-file ${keyFile}`, place);
    expect(loggedIn.out).toBe(`Logged in to ${service.url} as timer (service).\n`);
    expect(await provost('schedule list', { ...place, ahead: 11 * 60_000 })).toMatchObject({ code: 0 });
    expect(await provost('identities list', place)).toMatchObject({ code: 1 });
    expect(await readFile(join(place.folder, 'provost', 'session.json'), 'utf8')).not.toContain(key);

    const revoked = await succeed(`services keys revoke timer 'on host a'`);
    expect(revoked).toBe(`The key on host a (${items[0]?.id}) is revoked.\n`);
    expect(await succeed('services keys list timer')).toMatch(/ revoked /);
    const refused = await provost('schedule list', place);
    expect(refused).toMatchObject({ code: 3, out: '' });
    expect(refused.err).toContain(`--service-key-file ${keyFile}`);
    expect(await succeed('services delete timer --yes')).toBe('timer (The timer) is deleted.\n');
  });

  it('has keys that are revoked by name or id, and never the wrong one', async () => {
    await succeed('services create --login twin --display-name Twin --permission queue.read');
    const make = (name: string): Promise<{ id: string }> =>
      json<{ id: string }>(`services keys create twin --name ${name}`);
    const [old, fresh, other] = [await make('same'), await make('same'), await make('other')];
    const ambiguous = await provost('services keys revoke twin same --yes');
    expect(ambiguous).toMatchObject({ code: 1, out: '', err: expect.stringContaining('by its id') });
    const mistyped = await provost('services keys revoke twin othr --yes');
    expect(mistyped).toMatchObject({ code: 1, out: '', err: expect.stringContaining('Did you mean other?') });
    const asked = await provost('services keys revoke twin other', { isTerminal: true, input: 'n\n' });
    expect(asked).toMatchObject({ code: 130, err: expect.stringContaining(`other (${other.id}) of twin?`) });

    await succeed(`services keys revoke twin ${old.id}`);
    expect(await succeed('services keys revoke twin same')).toBe(`The key same (${fresh.id}) is revoked.\n`);
    const { items } = await json<{ items: { id: string; revokedAt: string | null }[] }>(
      'services keys list twin',
    );
    expect(items.filter(({ revokedAt }) => revokedAt === null).map(({ id }) => id)).toEqual([other.id]);
  });
});
