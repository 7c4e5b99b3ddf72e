// Replacing the key of secrets, by the command itself, while others work.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Client } from 'pg';
// Everything that seals says so when it is loaded.
import '../../../src/app.module.js';
import { Database } from '../../../src/platform/database/index.js';
import {
  installationKeys,
  KeyCommands,
  KeyRing,
  SealedColumns,
  SecretBox,
} from '../../../src/platform/secrets/index.js';
import { untilWaitingForLock } from '../../support/lock-waits.js';
import { root } from '../../support/repository.js';
import { createServingRole, type ServingRole } from '../database/serving-role.fixture.js';

const ROWS = 250;
const FILE_KEYS = { key: undefined, previousKeys: [] };

let serving: ServingRole;
let database: Database;
let folder: string;
let said: string[];

beforeEach(async () => {
  serving = await createServingRole();
  database = await connect();
  folder = mkdtempSync(join(tmpdir(), 'provost-keys-'));
  said = [];
});

afterEach(async () => {
  await database.close();
  await serving.drop();
  rmSync(folder, { recursive: true });
});

async function connect(): Promise<Database> {
  const opened = new Database({
    url: serving.url,
    applicationName: 'test',
    poolSize: 4,
    statementTimeoutMs: 15_000,
    idleTransactionTimeoutMs: 0,
  });
  await opened.connect();
  return opened;
}

/** The column that stands for all: `auth_signing_keys`, with rows that sign nothing. */
const place = (kid: string): string => `auth_signing_keys/${kid}`;
const kidOf = (row: number): string => `kid-${String(row).padStart(4, '0')}`;

async function seal(box: SecretBox, count = ROWS): Promise<void> {
  const kids = Array.from({ length: count }, (_, row) => kidOf(row));
  await database.query(
    `insert into auth_signing_keys (kid, private_key_sealed, is_active)
     select kid, sealed, false from unnest($1::text[], $2::bytea[]) as given (kid, sealed)`,
    [kids, kids.map((kid) => box.seal('0', place(kid)))],
  );
}

async function stored(): Promise<{ kid: string; sealed: Buffer }[]> {
  return database.query('select kid, private_key_sealed as sealed from auth_signing_keys order by kid');
}

/** The id of the key in a value's header. */
const keyIdIn = (sealed: Buffer): string => sealed.subarray(1, 7).toString('hex');

function commands(keys = installationKeys(FILE_KEYS, folder), on = database): KeyCommands {
  return new KeyCommands(on, keys, (line) => void said.push(line));
}

describe('replacing the key', () => {
  it('fails no opening and loses no change on a node that works meanwhile', async () => {
    const node = new SecretBox(installationKeys(FILE_KEYS, folder).ring);
    const before = node.keyId;
    await seal(node);
    const nodeDatabase = await connect();
    const changes = new Map<string, number>();
    const replacement = { hasEnded: false };
    const work = async (): Promise<void> => {
      for (let turn = 0; !replacement.hasEnded || turn < ROWS; turn += 1) {
        const kid = kidOf((turn * 7) % ROWS);
        await nodeDatabase.transact(async (transaction) => {
          const [row] = await transaction.query<{ sealed: Buffer }>(
            'select private_key_sealed as sealed from auth_signing_keys where kid = $1 for update',
            [kid],
          );
          const count = Number(node.open(row?.sealed ?? Buffer.alloc(0), place(kid))) + 1;
          await transaction.query('update auth_signing_keys set private_key_sealed = $2 where kid = $1', [
            kid,
            node.seal(String(count), place(kid)),
          ]);
          changes.set(kid, count);
        });
      }
    };
    try {
      const replaced = commands()
        .replace()
        .finally(() => {
          replacement.hasEnded = true;
        });
      const [done] = await Promise.all([replaced, work()]);
      expect({ ...done, said }).toMatchObject({ isWell: true, hasChanged: true });
    } finally {
      await nodeDatabase.close();
    }

    const box = new SecretBox(installationKeys(FILE_KEYS, folder).ring);
    expect(box.keyId).not.toBe(before);
    const rows = await stored();
    expect(rows).toHaveLength(ROWS);
    for (const { kid, sealed } of rows) {
      expect({ kid, key: keyIdIn(sealed), value: box.open(sealed, place(kid)) }).toEqual({
        kid,
        key: box.keyId,
        value: String(changes.get(kid) ?? 0),
      });
    }
    expect(said.join('\n')).toContain('Nothing needs a previous key any more');
    expect(node.keyId).toBe(box.keyId);
  });

  it('goes on after it was killed, under the key it had made', async () => {
    const box = new SecretBox(installationKeys(FILE_KEYS, folder).ring);
    await seal(box);
    const holder = new Client({ connectionString: serving.url });
    await holder.connect();
    await holder.query('begin');
    await holder.query('select from auth_signing_keys where kid = $1 for update', [kidOf(120)]);
    const killed = spawn(
      process.execPath,
      ['--import', join(root, 'test/support/register-typescript.mjs'), join(root, 'src/keys.ts'), 'replace'],
      {
        env: { PATH: process.env['PATH'] ?? '', DATABASE_URL: serving.url, PROVOST_DATA: folder },
        stdio: 'ignore',
      },
    );
    const exit = once(killed, 'exit');
    await Promise.race([
      untilRewrapped(),
      exit.then(([code]) => Promise.reject(new Error(`It ended with ${String(code)}.`))),
    ]);
    killed.kill('SIGKILL');
    await exit;
    await holder.query('rollback');
    await holder.end();

    const made = new SecretBox(installationKeys(FILE_KEYS, folder).ring);
    const half = (await stored()).filter(({ sealed }) => keyIdIn(sealed) === made.keyId).length;
    expect(half).toBeGreaterThan(0);
    expect(half).toBeLessThan(ROWS);
    for (const { kid, sealed } of await stored()) expect(made.open(sealed, place(kid))).toBe('0');

    expect(await replaceUntilAlone()).toBe(true);
    expect(readFileSync(join(folder, 'secrets.key'), 'utf8').trim().split('\n')).toHaveLength(2);
    expect(new Set((await stored()).map(({ sealed }) => keyIdIn(sealed)))).toEqual(new Set([made.keyId]));
  }, 60_000);

  /** Until the command waits for the row that is held, having put others under the new key. */
  async function untilRewrapped(): Promise<void> {
    for (;;) {
      const kinds = new Set((await stored()).map(({ sealed }) => keyIdIn(sealed)));
      if (kinds.size > 1) return untilWaitingForLock(database);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** The server notices a moment later that the killed command is gone, which still holds the lock until then. */
  async function replaceUntilAlone(): Promise<boolean> {
    for (;;) {
      said.length = 0;
      const { isWell } = await commands().replace();
      if (!said.some((line) => line.includes('Another command'))) return isWell;
    }
  }

  it('is done by one command at a time', async () => {
    await seal(new SecretBox(installationKeys(FILE_KEYS, folder).ring));
    const other = await connect();
    try {
      const results = await Promise.all([commands().replace(), commands(undefined, other).replace()]);
      expect(results.filter(({ isWell }) => isWell)).toHaveLength(1);
      expect(said.filter((line) => line.includes('Another command'))).toHaveLength(1);
    } finally {
      await other.close();
    }
  });

  it('takes the configured key where one is configured, and opens with the previous ones until then', async () => {
    const [old, fresh] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
    await seal(new SecretBox(old), 3);
    const alone = { ring: KeyRing.of(old), file: null };
    expect(await commands(alone).replace()).toMatchObject({ isWell: false });
    expect(said.join('\n')).toContain('PROVOST_SECRETS_PREVIOUS_KEYS');

    expect(await commands({ ring: KeyRing.of(fresh, old), file: null }).replace()).toMatchObject({
      isWell: true,
    });
    const onlyNew = new SecretBox(fresh);
    for (const { kid, sealed } of await stored()) expect(onlyNew.open(sealed, place(kid))).toBe('0');
  });

  it('does not call the old key unneeded while a value under it does not open, and names the place', async () => {
    const box = new SecretBox(installationKeys(FILE_KEYS, folder).ring);
    await seal(box, 3);
    await database.query('update auth_signing_keys set private_key_sealed = $1 where kid = $2', [
      box.seal('0', 'another place'),
      kidOf(1),
    ]);
    expect(await commands().replace()).toMatchObject({ isWell: false });
    expect(said.join('\n')).toContain(`enter it again: ${place(kidOf(1))}`);
    expect(said.join('\n')).not.toContain('Nothing needs a previous key');
    expect(await commands().forget()).toMatchObject({ isWell: false });
    expect(readFileSync(join(folder, 'secrets.key'), 'utf8').trim().split('\n')).toHaveLength(2);
  });

  it('finds its way by the index of the primary key, however many rows there are', async () => {
    await seal(new SecretBox(installationKeys(FILE_KEYS, folder).ring), 120);
    const asked = jest.spyOn(database, 'query');
    expect(await commands().replace()).toMatchObject({ isWell: true });
    const statements = asked.mock.calls
      .map(([statement, values = []]) => ({
        text: typeof statement === 'string' ? statement : statement.text,
        values: [...values],
      }))
      .filter(({ text }) => text.includes('auth_signing_keys'));
    asked.mockRestore();
    const client = new Client({ connectionString: serving.url });
    await client.connect();
    try {
      // Then a plan has one of these only where no index can do it.
      await client.query('set enable_seqscan = off; set enable_sort = off; set enable_bitmapscan = off');
      expect(statements.length).toBeGreaterThan(120);
      for (const { text, values } of statements) {
        const { rows } = await client.query<{ 'QUERY PLAN': string }>(`explain ${text}`, values);
        const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
        expect(plan).toContain('auth_signing_keys_pkey');
        expect(plan).not.toMatch(/Seq Scan|Sort|Disabled/);
      }
    } finally {
      await client.end();
    }
  });

  it('tells no key and no secret', async () => {
    await seal(new SecretBox(installationKeys(FILE_KEYS, folder).ring), 3);
    await commands().replace();
    await commands().status();
    for (const key of readFileSync(join(folder, 'secrets.key'), 'utf8').trim().split('\n'))
      expect(said.join('\n')).not.toContain(key);
  });
});

describe('forgetting the previous key', () => {
  it('leaves the current one in the file, once nothing needs another', async () => {
    await seal(new SecretBox(installationKeys(FILE_KEYS, folder).ring), 3);
    await commands().replace();
    expect(await commands().forget()).toMatchObject({ isWell: true });
    const { ring } = installationKeys(FILE_KEYS, folder);
    expect(ring.all()).toHaveLength(1);
    const box = new SecretBox(ring);
    for (const { kid, sealed } of await stored()) expect(box.open(sealed, place(kid))).toBe('0');
    expect(await database.query('select id from platform_secret_keys')).toEqual([{ id: box.keyId }]);
  });
});

describe('the replacement', () => {
  it('knows every column that holds sealed values', async () => {
    const columns = await database.query<{ name: string }>(
      `select c.relname || '.' || a.attname as name
       from pg_class c join pg_attribute a on a.attrelid = c.oid
       where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
         and a.atttypid = 'bytea'::regtype and a.attname ~ 'sealed' and not a.attisdropped`,
    );
    const registered = SealedColumns.all().map(({ table, column }) => `${table}.${column}`);
    expect(registered.toSorted()).toEqual(columns.map(({ name }) => name).toSorted());
    expect(registered.length).toBeGreaterThan(1);
  });
});
