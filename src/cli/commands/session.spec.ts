import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Ran, runClient, type RunOptions } from '../../../test/support/client.js';
import {
  answerProblem,
  type Script,
  type ScriptedService,
  startScriptedService,
} from '../../../test/support/scripted-service.js';

const TOKENS = { accessToken: 'a', expiresIn: 600, refreshToken: 'r' };
const LOGIN: Script = {
  'POST /api/v1/auth/login': TOKENS,
  'GET /api/v1/auth/me': {
    login: 'ota',
    realm: 'dsa',
    displayName: 'Ota \u001b]0;x\u0007',
    roles: [],
    grants: [],
  },
};

let folder: string;
let service: ScriptedService;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'provost-commands-'));
});

afterEach(async () => {
  await service.close();
  await rm(folder, { recursive: true });
});

async function start(script: Script = {}): Promise<void> {
  service = await startScriptedService({ ...LOGIN, ...script });
}

function provost(args: string, options: Partial<RunOptions> = {}): Promise<Ran> {
  return runClient(args.split(' '), { folder, server: service.url, ...options });
}

const logIn = (args = 'login --login ota --realm dsa'): Promise<Ran> => provost(args, { input: 'secret' });
const routes = (): string[] => service.asked.map(({ route }) => route);

describe('login', () => {
  it('names the realm that it is given, and none otherwise', async () => {
    await start();
    expect(await logIn()).toMatchObject({ code: 0, out: `Logged in to ${service.url} as ota (dsa).\n` });
    expect(service.asked[0]?.body).toEqual({ login: 'ota', password: 'secret', realm: 'dsa' });
    await logIn('login --login ota');
    expect(service.asked[2]?.body).toEqual({ login: 'ota', password: 'secret' });
  });

  it('says when to try again after too many attempts', async () => {
    await start({
      'POST /api/v1/auth/login': (response) =>
        answerProblem(response, { title: 'Too many wrong attempts', status: 429 }, { 'retry-after': '45' }),
    });
    const ran = await logIn();
    expect(ran).toMatchObject({ code: 1, out: '' });
    expect(ran.err).toMatch(/^Too many wrong attempts \(429\)\nTry again at \d{4}-.+Z \(in \d+ s\)\.\n$/);
  });

  it('takes a service key instead of a person, and not both', async () => {
    await start({ 'POST /api/v1/auth/service-token': { accessToken: 'a', expiresIn: 600 } });
    const keyFile = join(folder, 'key');
    await writeFile(keyFile, 'the-key\n', { mode: 0o600 });
    expect(await provost(`login --service-key-file ${keyFile}`)).toMatchObject({ code: 0, err: '' });
    expect(service.asked[0]?.body).toEqual({ key: 'the-key' });
    const both = await provost(`login --service-key-file ${keyFile} --login ota`);
    expect(both).toMatchObject({ code: 2, out: '' });
  });
});

describe('whoami', () => {
  it('shows realm and name, and nothing in them reaches the terminal', async () => {
    await start();
    await logIn();
    const { out } = await provost('whoami');
    expect(out).toMatch(/^Realm +dsa\nName +Ota \\x1b\]0;x\\x07$/m);
  });
});

describe('logout', () => {
  it('ends this session, or all of them', async () => {
    await start({ 'DELETE /api/v1/auth/sessions': {}, 'POST /api/v1/auth/logout': {} });
    await logIn();
    expect(await provost('logout')).toMatchObject({ code: 0, out: `Logged out of ${service.url}.\n` });
    await logIn();
    const ran = await provost('logout --everywhere');
    expect(ran).toMatchObject({ code: 0, out: `Logged out of ${service.url}, everywhere.\n` });
    expect(routes().filter((route) => /logout|sessions/.test(route))).toEqual([
      'POST /api/v1/auth/logout',
      'DELETE /api/v1/auth/sessions',
    ]);
  });

  it('does not claim to have ended all when the session had ended before', async () => {
    const ended: Script[string] = (response) => answerProblem(response, { title: 'Ended', status: 401 });
    await start({ 'DELETE /api/v1/auth/sessions': ended, 'POST /api/v1/auth/refresh': ended });
    await logIn();
    const ran = await provost('logout --everywhere');
    expect(ran).toMatchObject({ code: 3, out: '' });
    expect(ran.err).toContain('the service was not told');
    expect(await provost('whoami')).toMatchObject({ code: 3 });
  });
});

describe('sessions', () => {
  const session = {
    id: '0a4d1f5e-7f0a-4f1e-8b1d-3d9b2a6c5e22',
    createdAt: '2027-01-05T09:00:00.000Z',
    lastUsedAt: '2027-01-05T09:10:00.000Z',
    expiresAt: '2027-01-05T17:10:00.000Z',
    address: '192.0.2.7',
    client: 'provost/0.1.0 \u009b31m',
    isCurrent: true,
  };

  it('are listed with where they are from, and ended one by one', async () => {
    await start({
      'GET /api/v1/auth/sessions?limit=200': { items: [session], next: null },
      [`DELETE /api/v1/auth/sessions/${session.id}`]: (response) => response.writeHead(204).end(),
    });
    await logIn();
    const { out } = await provost('sessions');
    expect(out).toMatch(
      /^0a4d1f5e\S+ +yes +2027-01-05 09:10:00Z .* 192\.0\.2\.7 +provost\/0\.1\.0 \\x9b31m$/m,
    );
    const ended = await provost(`sessions end ${session.id}`);
    expect(ended).toEqual({ code: 0, out: `The session ${session.id} has ended.\n`, err: '' });
    expect(await provost('sessions end ../../operators')).toMatchObject({ code: 1, out: '' });
    expect(routes().at(-1)).toBe('DELETE /api/v1/auth/sessions/..%2F..%2Foperators');
  });
});

describe('password', () => {
  const route = 'POST /api/v1/auth/password';

  it('is asked for three times at a terminal and never shown', async () => {
    await start({ [route]: (response) => response.writeHead(204).end() });
    await logIn();
    const typed = ['old secret\r', 'new secret\r', 'new secret\r'];
    const ran = await provost('password', { isTerminal: true, input: typed });
    expect(ran).toEqual({
      code: 0,
      out: 'The password is changed; your other sessions have ended.\n',
      err: 'Password: \nNew password: \nThe same again: \n',
    });
    expect(service.asked.at(-1)?.body).toEqual({ currentPassword: 'old secret', newPassword: 'new secret' });
  });

  it('is not sent when the second time differs', async () => {
    await start();
    await logIn();
    const ran = await provost('password', { isTerminal: true, input: ['old\r', 'new\r', 'nwe\r'] });
    expect(ran).toMatchObject({ code: 2, out: '' });
    expect(routes()).not.toContain(route);
  });

  it('is taken from two files where nobody can be asked', async () => {
    await start({ [route]: (response) => response.writeHead(204).end() });
    await logIn();
    const [old, next] = [join(folder, 'old'), join(folder, 'new')];
    await writeFile(old, 'old secret\n');
    await writeFile(next, 'new secret\n');
    expect(await provost('password')).toMatchObject({ code: 2, out: '' });
    expect(await provost(`password --password-file ${old} --new-password-file ${next}`)).toMatchObject({
      code: 0,
    });
    expect(service.asked.at(-1)?.body).toEqual({ currentPassword: 'old secret', newPassword: 'new secret' });
  });

  it('is asked of nobody who is not logged in', async () => {
    await start();
    expect(await provost('password', { isTerminal: true })).toMatchObject({ code: 3, out: '' });
  });
});
