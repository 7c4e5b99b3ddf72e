import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  answerProblem,
  type ScriptedService,
  startScriptedService,
} from '../../../test/support/scripted-service.js';
import { Session } from './session.js';
import { SessionFile } from './session-file.js';

/** As strict as can be: a refresh token is honoured once, without grace. */
function startTokenServer(): Promise<{ server: Server; url: string; asked: string[] }> {
  const asked: string[] = [];
  let generation = 0;
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    request.on('end', () => {
      const { refreshToken } = JSON.parse(text) as { refreshToken?: string };
      asked.push(request.url ?? '');
      const isRight = refreshToken === undefined || refreshToken === `refresh-${generation}`;
      if (isRight) generation += 1;
      response
        .writeHead(isRight ? 200 : 401, { 'content-type': 'application/json' })
        .end(
          JSON.stringify(
            isRight
              ? { accessToken: `access-${generation}`, expiresIn: 600, refreshToken: `refresh-${generation}` }
              : { title: 'The refresh token is not valid', status: 401 },
          ),
        );
    });
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      resolve({ server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked });
    });
  });
}

describe('the session of a service', () => {
  let folder: string;
  let service: ScriptedService;
  let keyFile: string;
  let now: number;
  let tokens: number;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'provost-session-'));
    keyFile = join(folder, 'key');
    await writeFile(keyFile, 'key-1\n', { mode: 0o600 });
    [now, tokens] = [1_000_000, 0];
    service = await startScriptedService({
      'POST /api/v1/auth/service-token': (response, { body }) => {
        const { key } = body as { key?: string };
        if (key !== 'key-1') return answerProblem(response, { title: 'The key is not valid', status: 401 });
        tokens += 1;
        response
          .writeHead(200, { 'content-type': 'application/json' })
          .end(JSON.stringify({ accessToken: `access-${tokens}`, expiresIn: 600 }));
      },
    });
  });

  afterEach(async () => {
    await service.close();
    await rm(folder, { recursive: true });
  });

  const aSession = (): Session => new Session(service.url, new SessionFile(folder), () => now);

  it('is renewed by itself, and the key is nowhere but in its own file', async () => {
    await aSession().logInWithKey(keyFile);
    now += 600_000;
    expect(await aSession().accessToken()).toBe('access-2');
    const stored = await readFile(new SessionFile(folder).path, 'utf8');
    expect(stored).toContain(keyFile);
    expect(stored).not.toContain('key-1');
  });

  it('is asked for once by many processes that find it expired', async () => {
    await aSession().logInWithKey(keyFile);
    now += 600_000;
    await Promise.all(Array.from({ length: 10 }, () => aSession().accessToken()));
    expect(tokens).toBe(2);
  });

  it('is over when its key is no longer honoured', async () => {
    await aSession().logInWithKey(keyFile);
    await writeFile(keyFile, 'key-0');
    now += 600_000;
    await expect(aSession().accessToken()).rejects.toMatchObject({
      exitCode: 3,
      message: expect.stringContaining(`--service-key-file ${keyFile}`),
    });
    expect(await aSession().isOpen()).toBe(false);
  });

  it('waits for its key file to come back', async () => {
    await aSession().logInWithKey(keyFile);
    await rm(keyFile);
    now += 600_000;
    await expect(aSession().accessToken()).rejects.toMatchObject({
      exitCode: 3,
      message: expect.stringContaining(keyFile),
    });
    await writeFile(keyFile, 'key-1', { mode: 0o600 });
    expect(await aSession().accessToken()).toBe('access-2');
  });

  it('does not begin with a key that is refused, empty, or in no file', async () => {
    await writeFile(keyFile, 'key-0');
    await expect(aSession().logInWithKey(keyFile)).rejects.toMatchObject({ exitCode: 3 });
    await writeFile(keyFile, '\n');
    await expect(aSession().logInWithKey(keyFile)).rejects.toMatchObject({ exitCode: 2 });
    await rm(keyFile);
    await expect(aSession().logInWithKey(keyFile)).rejects.toMatchObject({ exitCode: 2 });
    expect(await aSession().isOpen()).toBe(false);
  });
});

describe('a session', () => {
  let folder: string;
  let service: Awaited<ReturnType<typeof startTokenServer>>;
  let now: number;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'provost-session-'));
    service = await startTokenServer();
    now = 1_000_000;
  });

  afterEach(async () => {
    await new Promise((resolve) => {
      service.server.close(resolve);
      service.server.closeAllConnections();
    });
    await rm(folder, { recursive: true });
  });

  /** One process: what it knows of the others is in the file. */
  const aSession = (): Session => new Session(service.url, new SessionFile(folder), () => now);
  const refreshes = (): number => service.asked.filter((path) => path.endsWith('/refresh')).length;

  it('needs a login', async () => {
    await expect(aSession().accessToken()).rejects.toMatchObject({
      exitCode: 3,
      message: expect.stringContaining(service.url),
    });
  });

  it('uses its token until shortly before it expires, then one refresh', async () => {
    await aSession().logIn('anna', 'secret');
    now += 589_000;
    expect(await aSession().accessToken()).toBe('access-1');
    now += 2_000;
    expect(await aSession().accessToken()).toBe('access-2');
    expect(await aSession().accessToken()).toBe('access-2');
    expect(refreshes()).toBe(1);
  });

  it('is refreshed once by many processes that find it expired', async () => {
    await aSession().logIn('anna', 'secret');
    now += 600_000;
    const tokens = await Promise.all(Array.from({ length: 10 }, () => aSession().accessToken()));
    expect(new Set(tokens)).toEqual(new Set(['access-2']));
    expect(refreshes()).toBe(1);
  });

  it('is refreshed once by many processes whose token was refused', async () => {
    await aSession().logIn('anna', 'secret');
    const tokens = await Promise.all(Array.from({ length: 10 }, () => aSession().renew('access-1')));
    expect(new Set(tokens)).toEqual(new Set(['access-2']));
    expect(refreshes()).toBe(1);
  });

  it('is over, and forgotten, when its refresh token is refused', async () => {
    await aSession().logIn('anna', 'secret');
    await aSession().logIn('anna', 'secret again, somewhere else');
    await new SessionFile(folder).update(async ({ server, sessions }) => ({
      server,
      sessions: sessions.map((session) => ({ ...session, refreshToken: 'refresh-1' })),
    }));
    now += 600_000;
    await expect(aSession().accessToken()).rejects.toMatchObject({
      exitCode: 3,
      message: expect.stringContaining('has ended'),
    });
    expect(await aSession().isOpen()).toBe(false);
  });

  it('is kept when the service cannot be reached', async () => {
    await aSession().logIn('anna', 'secret');
    now += 600_000;
    await new Promise((resolve) => {
      service.server.close(resolve);
      service.server.closeAllConnections();
    });
    await expect(aSession().accessToken()).rejects.toMatchObject({ exitCode: 4 });
    expect(await aSession().isOpen()).toBe(true);
  });

  it('belongs to one server: its tokens go nowhere else', async () => {
    const other = await startTokenServer();
    try {
      await aSession().logIn('anna', 'secret');
      const elsewhere = new Session(other.url, new SessionFile(folder), () => now);
      await expect(elsewhere.accessToken()).rejects.toMatchObject({ exitCode: 3 });
      expect(other.asked).toEqual([]);
      await elsewhere.logIn('anna', 'secret');
      await elsewhere.forget();
      expect(await aSession().isOpen()).toBe(true);
      expect((await new SessionFile(folder).read()).server).toBe(other.url);
    } finally {
      await new Promise((resolve) => {
        other.server.close(resolve);
        other.server.closeAllConnections();
      });
    }
  });
});
