// The commands of the keys with the wrong key, or none: they prove nothing false and take no guard away.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import '../../../src/app.module.js';
import { Database } from '../../../src/platform/database/index.js';
import {
  checkKeys,
  installationKeys,
  KeyCommands,
  KeyRing,
  SecretBox,
} from '../../../src/platform/secrets/index.js';
import { root } from '../../support/repository.js';
import { createServingRole, type ServingRole } from '../database/serving-role.fixture.js';

const [FIRST, SECOND, THIRD] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2), Buffer.alloc(32, 3)] as const;
const idOf = (key: Buffer): string => new SecretBox(key).keyId;
const FILE_KEYS = { key: undefined, previousKeys: [] };

let serving: ServingRole;
let database: Database;
let folder: string;
let said: string[];

beforeEach(async () => {
  serving = await createServingRole();
  database = new Database({
    url: serving.url,
    applicationName: 'test',
    poolSize: 2,
    statementTimeoutMs: 15_000,
    idleTransactionTimeoutMs: 0,
  });
  await database.connect();
  folder = mkdtempSync(join(tmpdir(), 'provost-keys-'));
  said = [];
});

afterEach(async () => {
  await database.close();
  await serving.drop();
  rmSync(folder, { recursive: true });
});

function commands(ring: KeyRing): KeyCommands {
  return new KeyCommands(database, { ring, file: null }, (line) => void said.push(line));
}

async function sealSigningKey(box: SecretBox, kid = 'kid'): Promise<void> {
  await database.query(
    'insert into auth_signing_keys (kid, private_key_sealed, is_active) values ($1, $2, false)',
    [kid, box.seal('x', `auth_signing_keys/${kid}`)],
  );
}

/** A value that no start makes anew. */
async function sealChainKey(box: SecretBox): Promise<void> {
  await database.query('insert into audit_keys (name, sealed) values ($1, $2)', [
    'chain',
    box.seal('x', 'audit_keys/chain'),
  ]);
}

const countOf = async (table: string): Promise<number> =>
  (await database.query<{ count: number }>(`select count(*)::int as count from ${table}`))[0]?.count ?? 0;

async function checks(): Promise<unknown[]> {
  return database.query('select * from platform_secret_keys order by id');
}

async function audited(): Promise<number> {
  const [row] = await database.query<{ count: number }>(
    "select count(*)::int as count from audit_records where object_type = 'secret-keys'",
  );
  return row?.count ?? -1;
}

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** As a person types it. */
async function keys(words: readonly string[], env: Readonly<Record<string, string>>): Promise<Ended> {
  const child = spawn(
    process.execPath,
    ['--import', join(root, 'test/support/register-typescript.mjs'), join(root, 'src/keys.ts'), ...words],
    {
      env: { PATH: process.env['PATH'] ?? '', DATABASE_URL: serving.url, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const [exit, out, errors] = await Promise.all([
    once(child, 'exit'),
    text(child.stdout),
    text(child.stderr),
  ]);
  const [code] = exit as [number | null];
  return { code, output: out + errors };
}

describe('with a key that opens nothing', () => {
  beforeEach(async () => {
    await checkKeys(database, KeyRing.of(FIRST));
    await sealSigningKey(new SecretBox(FIRST));
  });

  it.each(['replace', 'forget'] as const)('%s is refused and leaves the check values', async (command) => {
    const before = await checks();
    await expect(commands(KeyRing.of(SECOND))[command]()).rejects.toMatchObject({
      name: 'DataKeyError',
      message: expect.stringContaining(`the key ${idOf(FIRST)}`),
    });
    await expect(commands(KeyRing.of(SECOND, THIRD))[command]()).rejects.toMatchObject({
      name: 'DataKeyError',
    });
    expect({ said, checks: await checks() }).toEqual({ said: [], checks: before });
    await expect(checkKeys(database, KeyRing.of(SECOND))).rejects.toMatchObject({ name: 'DataKeyError' });
  });

  it('the command of a person ends with 1 and records nothing', async () => {
    const before = await checks();
    const wrong = { PROVOST_SECRETS_KEY: SECOND.toString('base64'), PROVOST_DATA: folder };
    for (const words of [['forget'], ['abandon']])
      expect({ words, ...(await keys(words, wrong)) }).toMatchObject({ words, code: 1 });
    expect({ checks: await checks(), audited: await audited() }).toEqual({ checks: before, audited: 0 });
  }, 120_000);

  it('makes no key file where there is none, and a file of another installation changes nothing', async () => {
    const before = await checks();
    const nowhere = join(folder, 'mistyped');
    expect(await keys(['replace'], { PROVOST_DATA: nowhere })).toMatchObject({
      code: 1,
      output: expect.stringContaining('There is no '),
    });
    expect(existsSync(nowhere)).toBe(false);

    const foreign = installationKeys(FILE_KEYS, folder);
    const kept = readFileSync(foreign.file?.path ?? '', 'utf8');
    const wrong = new KeyCommands(database, foreign, (line) => void said.push(line));
    await expect(wrong.replace()).rejects.toMatchObject({ name: 'DataKeyError' });
    await expect(wrong.forget()).rejects.toMatchObject({ name: 'DataKeyError' });
    expect(readFileSync(foreign.file?.path ?? '', 'utf8')).toBe(kept);
    expect(readdirSync(folder)).toEqual(['secrets.key']);
    expect({ checks: await checks(), audited: await audited() }).toEqual({ checks: before, audited: 0 });
  }, 120_000);
});

describe('giving a lost key up', () => {
  beforeEach(async () => {
    await checkKeys(database, KeyRing.of(FIRST));
    await sealSigningKey(new SecretBox(FIRST));
    await sealChainKey(new SecretBox(FIRST));
  });

  it('asks for the id of the key that is lost, and refuses one that is here or was never in use', async () => {
    const before = await checks();
    const refused = { isWell: false, hasChanged: false };
    expect(await commands(KeyRing.of(SECOND)).abandon(idOf(THIRD))).toEqual(refused);
    expect(await commands(KeyRing.of(SECOND)).abandon('unknown')).toEqual(refused);
    expect(await commands(KeyRing.of(FIRST)).abandon(idOf(FIRST))).toEqual(refused);
    expect(said.join('\n')).toContain(`In use: ${idOf(FIRST)}`);
    expect(await checks()).toEqual(before);
    expect(await countOf('auth_signing_keys')).toBe(1);
  });

  it('spares what is under another key that is not given here', async () => {
    await checkKeys(database, KeyRing.of(THIRD, FIRST));
    await sealSigningKey(new SecretBox(THIRD), 'third');
    expect(await commands(KeyRing.of(SECOND)).abandon(idOf(FIRST))).toMatchObject({ isWell: true });
    expect(await database.query('select kid from auth_signing_keys')).toEqual([{ kid: 'third' }]);
    await expect(checkKeys(database, KeyRing.of(SECOND))).rejects.toThrow(`the key ${idOf(THIRD)}`);
  });

  it('lets keys be replaced and forgotten afterwards, and calls what stays closed by its number', async () => {
    expect(await commands(KeyRing.of(SECOND)).abandon(idOf(FIRST))).toEqual({
      isWell: true,
      hasChanged: true,
    });
    await sealSigningKey(new SecretBox(SECOND));
    // The value that nothing opens is still told by the exit code.
    expect(await commands(KeyRing.of(THIRD, SECOND)).replace()).toEqual({ isWell: false, hasChanged: true });
    expect(await commands(KeyRing.of(THIRD, SECOND)).forget()).toEqual({ isWell: true, hasChanged: true });
    expect(said.join('\n')).toContain('but for 1 whose key was given up');
    expect(await checks()).toMatchObject([{ id: idOf(THIRD) }]);
  });
});

describe('a command that finds nothing to do', () => {
  it('leaves no audit record, and one that does something leaves one', async () => {
    await checkKeys(database, KeyRing.of(FIRST));
    await sealSigningKey(new SecretBox(FIRST));
    const [old, fresh] = [FIRST, SECOND].map((key) => key.toString('base64')) as [string, string];
    const both = { PROVOST_SECRETS_KEY: fresh, PROVOST_SECRETS_PREVIOUS_KEYS: old };
    for (const command of ['replace', 'replace', 'forget', 'forget'] as const)
      expect({ command, ...(await keys([command], both)) }).toMatchObject({ command, code: 0 });
    expect(await audited()).toBe(2);
  }, 120_000);
});

describe('a previous key', () => {
  it('is kept while a value does not open, under whichever known key', async () => {
    await checkKeys(database, KeyRing.of(FIRST));
    await sealSigningKey(new SecretBox(FIRST));
    await checkKeys(database, KeyRing.of(SECOND, FIRST));
    await commands(KeyRing.of(SECOND, FIRST)).replace();
    await database.query('update auth_signing_keys set private_key_sealed = $1', [
      new SecretBox(SECOND).seal('x', 'another place'),
    ]);
    said.length = 0;
    expect(await commands(KeyRing.of(SECOND, FIRST)).forget()).toEqual({ isWell: false, hasChanged: false });
    expect(said.join('\n')).toContain('may need a previous key');
    expect(await checks()).toHaveLength(2);
  });
});
