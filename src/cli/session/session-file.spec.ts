import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SessionFile, type StoredSession } from './session-file.js';

const aSession = (server = 'http://a'): StoredSession => ({
  server,
  login: 'anna',
  accessToken: `access of ${server}`,
  accessUntil: 1,
  refreshToken: `refresh of ${server}`,
});

describe('the session file', () => {
  let root: string;
  let folder: string;
  let file: SessionFile;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'provost-cli-'));
    folder = join(root, 'config', 'provost');
    file = new SessionFile(folder);
  });

  afterEach(() => rm(root, { recursive: true }));

  const modeOf = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8);
  const store = (...sessions: StoredSession[]): Promise<unknown> =>
    file.update(async () => ({ server: sessions[0]?.server, sessions }));

  it('is empty when there is none', async () => {
    expect(await file.read()).toEqual({ server: undefined, sessions: [] });
  });

  it('is readable by its owner only, in a folder of its owner, whatever the umask and the folder were', async () => {
    await mkdir(folder, { recursive: true, mode: 0o755 });
    const umask = process.umask(0);
    try {
      await store(aSession());
    } finally {
      process.umask(umask);
    }
    expect([await modeOf(folder), await modeOf(file.path)]).toEqual(['700', '600']);
    expect(await file.read()).toEqual({ server: 'http://a', sessions: [aSession()] });
    expect(await readdir(folder)).toEqual(['session.json']);
  });

  it('is refused when others can read it', async () => {
    await store(aSession());
    await chmod(file.path, 0o640);
    await expect(file.read()).rejects.toMatchObject({
      exitCode: 3,
      message: expect.stringMatching(
        /session\.json.*provost sessions end.*provost operators sessions end.*provost services keys revoke/,
      ),
    });
  });

  it.each(['', '{', 'null', '[]', '{"version":2,"sessions":[]}', '{"version":1,"sessions":[{"server":1}]}'])(
    'counts as empty when it holds %p, and the next login replaces it',
    async (text) => {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await writeFile(file.path, text, { mode: 0o600 });
      expect((await file.read()).sessions).toEqual([]);
      await store(aSession());
      expect((await file.read()).sessions).toEqual([aSession()]);
    },
  );

  it('says what to do where it cannot be kept', async () => {
    await writeFile(join(root, 'config'), 'a file in the way');
    for (const fail of [() => file.read(), () => store(aSession())]) {
      await expect(fail()).rejects.toMatchObject({
        exitCode: 70,
        message: expect.stringMatching(/config\/provost \(ENOTDIR\)\..*XDG_CONFIG_HOME/),
      });
    }
  });

  it('loses no change when many come at once, and is whole at every moment', async () => {
    await store();
    const done = new AbortController();
    const reading = (async () => {
      let reads = 0;
      while (!done.signal.aborted) {
        JSON.parse(await readFile(file.path, 'utf8'));
        reads += 1;
      }
      return reads;
    })();
    const servers = Array.from({ length: 30 }, (_, index) => `http://${index}`);
    await Promise.all(
      servers.map((server) =>
        new SessionFile(folder).update(async (current) => ({
          ...current,
          sessions: [...current.sessions, aSession(server)],
        })),
      ),
    );
    done.abort();
    expect(await reading).toBeGreaterThan(0);
    expect((await file.read()).sessions.map(({ server }) => server).sort()).toEqual(servers.sort());
    expect(await readdir(folder)).toEqual(['session.json']);
  });

  it('stays as it was when a change fails, and the next change is not kept waiting', async () => {
    await store(aSession());
    const failing = file.update(async () => {
      throw new Error('no answer');
    });
    await expect(failing).rejects.toThrow('no answer');
    expect((await file.read()).sessions).toEqual([aSession()]);
    await store(aSession('http://b'));
    expect((await file.read()).sessions).toEqual([aSession('http://b')]);
  });
});
