import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findPostgres, removePostgres } from '../../../src/embedded/postgres/index.js';
import { isAlive, readPid } from '../../../src/embedded/process/index.js';
import {
  ask,
  folderOf,
  holdElsewhere,
  openFixture,
  pidFileOf,
  type PostgresFixture,
} from './postgres.fixture.js';

let fixture: PostgresFixture;
let shared: string;
let messages: string[];
let start: PostgresFixture['start'];

beforeAll(async () => {
  fixture = await openFixture();
  ({ shared, messages, start } = fixture);
}, 60_000);

afterAll(() => fixture.close());

describe('a first start', () => {
  it('creates a cluster that answers to its owner, and keeps the password to itself', async () => {
    const postgres = await start(shared);
    const [facts] = await ask<Record<string, unknown>>(
      postgres.url,
      `select current_user as "user", current_database() as database,
              (select rolsuper from pg_roles where rolname = current_user) as superuser,
              getdatabaseencoding() as encoding, current_setting('data_checksums') as checksums,
              lower('ÉΣ') as lowered, array(select x from unnest('{a,B,é,Z}'::text[]) x order by x) as sorted`,
    );
    const password = new URL(postgres.url).password;
    const visible = [
      spawnSync('ps', ['-ww', '-o', 'command=', '-p', String(readPid(pidFileOf(shared)))]).stdout.toString(),
      readFileSync(join(folderOf(shared), 'postgres.log'), 'utf8'),
      messages.join('\n'),
    ].join('\n');
    await postgres.stop();

    expect(facts).toEqual({
      user: 'provost',
      database: 'provost',
      superuser: false,
      encoding: 'UTF8',
      checksums: 'on',
      lowered: 'éσ',
      sorted: ['B', 'Z', 'a', 'é'],
    });
    expect(visible).toContain(postgres.version);
    expect(visible).not.toContain(password);
    expect(visible).not.toContain(readFileSync(join(folderOf(shared), 'secret'), 'utf8').trim());
    expect(statSync(join(folderOf(shared), 'secret')).mode & 0o777).toBe(0o600);
  });

  it('has a second role to serve with, which owns nothing and has a password of its own', async () => {
    const postgres = await start(shared);
    const [facts] = await ask<Record<string, unknown>>(
      postgres.servingUrl,
      `select current_user as "user", rolsuper or rolcreatedb or rolcreaterole or rolreplication or rolbypassrls as mighty,
              pg_has_role('provost', 'usage') as owner
       from pg_roles where rolname = current_user`,
    );
    await expect(ask(postgres.servingUrl, 'create table mine ()')).rejects.toThrow('permission denied');
    await postgres.stop();

    expect(facts).toEqual({ user: 'provost_serve', mighty: false, owner: false });
    expect(new URL(postgres.servingUrl).password).not.toBe(new URL(postgres.url).password);
  });

  it('is found by a command beside the process that holds it, and by nobody once it has ended', async () => {
    const postgres = await start(shared);
    const found = findPostgres(shared);
    expect(found).toEqual({ url: postgres.url, servingUrl: postgres.servingUrl });
    await postgres.stop();
    expect(findPostgres(shared)).toBeUndefined();
    expect(findPostgres(join(shared, 'nowhere'))).toBeUndefined();
  });

  it('lets nobody in without the password', async () => {
    const postgres = await start(shared);
    await expect(ask(postgres.urlFor('provost', 'provost', 'guess'), 'select')).rejects.toThrow(/password/);
    await expect(ask(postgres.urlFor('postgres', 'postgres', ''), 'select')).rejects.toThrow(/password/i);
    await postgres.stop();
  });
});

describe('a second start', () => {
  it('finds the data again, on the same port', async () => {
    const first = await start(shared);
    await ask(first.url, 'create table kept as select 42 as answer');
    await first.stop();
    const second = await start(shared);

    expect(second.port).toBe(first.port);
    expect(second.adopted).toBe(false);
    await expect(ask(second.url, 'select answer from kept')).resolves.toEqual([{ answer: 42 }]);
    await second.stop();
  });

  it('creates the database again when somebody dropped it', async () => {
    const first = await start(shared);
    await ask(first.urlFor('template1'), 'drop database provost with (force)');
    await first.stop();
    const second = await start(shared);

    await expect(ask(second.url, 'select 1 as one')).resolves.toEqual([{ one: 1 }]);
    await second.stop();
  });

  it('is refused while another process uses the data directory, and says which', async () => {
    const { child, report } = await holdElsewhere({ dataDirectory: shared, durable: false });

    await expect(start(shared)).rejects.toThrow(
      `The data directory ${shared} is in use by process ${child.pid}. Stop that process first`,
    );
    await expect(removePostgres(shared)).rejects.toThrow('is in use');
    expect(report.kind === 'started' && (await ask(report.url, 'select 1 as one'))).toEqual([{ one: 1 }]);
    child.disconnect();
    await once(child, 'exit');
    expect(existsSync(pidFileOf(shared))).toBe(false);
  });

  it('says which file is missing when the secret is', async () => {
    const secret = join(folderOf(shared), 'secret');
    renameSync(secret, `${secret}.away`);
    await expect(start(shared)).rejects.toThrow(/without its secret: ENOENT.*Make that file readable/s);
    renameSync(`${secret}.away`, secret);
  });

  it('repeats the last words of a server that does not start, and gives the directory free', async () => {
    const config = join(folderOf(shared), 'data', 'postgresql.conf');
    const before = readFileSync(config, 'utf8');
    appendFileSync(config, 'no_such_setting = 1\n');
    await expect(start(shared)).rejects.toThrow(/did not start.*no_such_setting.*DATABASE_URL/s);
    writeFileSync(config, before);

    await (await start(shared)).stop();
  });

  it('may be stopped twice, also when the server has ended by itself', async () => {
    const postgres = await start(shared);
    const pid = readPid(pidFileOf(shared)) ?? 0;
    process.kill(pid, 'SIGQUIT');
    // Said once the launcher knows, which is a moment after the process is gone.
    const hasEnded = (): boolean =>
      messages.some((message) => message.startsWith('PostgreSQL has ended by itself'));
    while (!hasEnded()) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(isAlive(pid)).toBe(false);

    await Promise.all([postgres.stop(), postgres.stop()]);
    await postgres.stop();
  });
});

describe('a data directory of the version before there were two roles', () => {
  it('gets the role that serves', async () => {
    const before = await start(shared);
    await ask(before.urlFor('postgres', 'postgres'), 'drop role provost_serve');
    await before.stop();
    const after = await start(shared);

    await expect(ask(after.servingUrl, 'select 1 as one')).resolves.toEqual([{ one: 1 }]);
    await after.stop();
  });
});

describe('after a service was killed', () => {
  it('adopts the server it left behind, and ends it in the end', async () => {
    const left = await orphan(shared);
    expect(isAlive(left.pid)).toBe(true);

    const postgres = await start(shared);

    expect(postgres).toMatchObject({ adopted: true, port: left.port, url: left.url });
    await expect(ask(postgres.url, 'select 1 as one')).resolves.toEqual([{ one: 1 }]);
    await postgres.stop();
    expect(isAlive(left.pid)).toBe(false);
  });

  it('ends a server that does not answer any more, and starts another', async () => {
    const left = await orphan(shared);
    process.kill(left.pid, 'SIGSTOP');

    const postgres = await start(shared);

    expect(postgres.adopted).toBe(false);
    expect(isAlive(left.pid)).toBe(false);
    expect(messages.at(-2)).toContain(
      `ending the PostgreSQL server an earlier run left behind (pid ${left.pid})`,
    );
    await expect(ask(postgres.url, 'select 1 as one')).resolves.toEqual([{ one: 1 }]);
    await postgres.stop();
  }, 30_000);

  it('leaves a foreign process alone that was given the number in the pid file', async () => {
    const { uid, gid } = statSync(join(folderOf(shared), 'data'));
    // Of the server's own user: PostgreSQL would take it for itself and refuse to start.
    const foreign = spawn('sleep', ['600'], {
      stdio: 'ignore',
      ...(process.getuid?.() === 0 ? { uid, gid } : {}),
    });
    await once(foreign, 'spawn');
    writeFileSync(pidFileOf(shared), `${foreign.pid}\n/elsewhere\n0\n1\n`);

    const postgres = await start(shared);

    expect(postgres.adopted).toBe(false);
    expect(foreign.exitCode).toBeNull();
    expect(isAlive(foreign.pid ?? 0)).toBe(true);
    await postgres.stop();
    foreign.kill('SIGKILL');
  });
});

/** Leaves a server behind, as a service does that is killed; returns the pid and port of the server. */
async function orphan(dataDirectory: string): Promise<{ pid: number; port: number; url: string }> {
  const { child, report } = await holdElsewhere({ dataDirectory, durable: false });
  child.kill('SIGKILL');
  await once(child, 'exit');
  const pid = readPid(pidFileOf(dataDirectory));
  if (report.kind === 'failed' || pid === undefined) throw new Error(JSON.stringify(report));
  return { pid, port: report.port, url: report.url };
}
