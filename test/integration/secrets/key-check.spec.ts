// A start with the wrong key is refused before anything is sealed with it.
import { createCipheriv, randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import '../../../src/app.module.js';
import { Database } from '../../../src/platform/database/index.js';
import { checkKeys, KeyCommands, KeyRing, SecretBox } from '../../../src/platform/secrets/index.js';
import { SystemsService } from '../../../src/provisioning/index.js';
import { startWholeApp } from '../../support/whole-app.js';
import { createServingRole, type ServingRole } from '../database/serving-role.fixture.js';

const [FIRST, SECOND, THIRD] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2), Buffer.alloc(32, 3)] as const;
const idOf = (key: Buffer): string => new SecretBox(key).keyId;

let serving: ServingRole;
let database: Database;

beforeEach(async () => {
  serving = await createServingRole();
  database = new Database({
    url: serving.url,
    applicationName: 'test',
    poolSize: 2,
    statementTimeoutMs: 5_000,
  });
  await database.connect();
});

afterEach(async () => {
  await database.close();
  await serving.drop();
});

async function seal(sealed: Buffer): Promise<void> {
  await database.query(
    `insert into auth_signing_keys (kid, private_key_sealed, is_active) values ('kid', $1, false)
     on conflict (kid) do update set private_key_sealed = excluded.private_key_sealed`,
    [sealed],
  );
}

async function knownKeys(): Promise<string[]> {
  return (
    await database.query<{ id: string }>('select id from platform_secret_keys order by created_at')
  ).map(({ id }) => id);
}

describe('a start', () => {
  it('notes its key by a check value, and needs it from then on', async () => {
    await checkKeys(database, KeyRing.of(FIRST));
    await seal(new SecretBox(FIRST).seal('x', 'auth_signing_keys/kid'));
    expect(await knownKeys()).toEqual([idOf(FIRST)]);

    await checkKeys(database, KeyRing.of(FIRST));
    await expect(checkKeys(database, KeyRing.of(SECOND))).rejects.toMatchObject({
      name: 'DataKeyError',
      message: expect.stringMatching(
        new RegExp(
          `sealed with the key ${idOf(FIRST)}; this process has ${idOf(SECOND)}.*PROVOST_SECRETS_KEY`,
          's',
        ),
      ),
    });
    expect(await knownKeys()).toEqual([idOf(FIRST)]);
  });

  it('takes another key while nothing is sealed', async () => {
    await checkKeys(database, KeyRing.of(FIRST));
    await checkKeys(database, KeyRing.of(SECOND));
    expect(await knownKeys()).toEqual([idOf(FIRST), idOf(SECOND)]);
  });

  it('takes a new key that comes with the previous one', async () => {
    await checkKeys(database, KeyRing.of(FIRST));
    await seal(new SecretBox(FIRST).seal('x', 'auth_signing_keys/kid'));
    await checkKeys(database, KeyRing.of(SECOND, FIRST));
    expect(await knownKeys()).toEqual([idOf(FIRST), idOf(SECOND)]);
  });

  it('is refused when the previous key was taken away before it could be, and taken when it was not needed', async () => {
    await checkKeys(database, KeyRing.of(FIRST));
    await seal(new SecretBox(FIRST).seal('x', 'auth_signing_keys/kid'));
    await checkKeys(database, KeyRing.of(SECOND, FIRST));
    await expect(checkKeys(database, KeyRing.of(SECOND))).rejects.toThrow(`the key ${idOf(FIRST)}`);
    await seal(new SecretBox(SECOND).seal('x', 'auth_signing_keys/kid'));
    await checkKeys(database, KeyRing.of(SECOND));
  });

  it('is refused when the check value of its key is not what it was', async () => {
    await checkKeys(database, KeyRing.of(FIRST));
    const owner = new Client({ connectionString: serving.ownerUrl });
    await owner.connect();
    await owner.query(`update platform_secret_keys set check_value = set_byte(check_value, 80, 0)`);
    await owner.end();
    await expect(checkKeys(database, KeyRing.of(FIRST))).rejects.toThrow('does not open');
  });

  it('takes an installation of the version before check values with its key only', async () => {
    await seal(sealOld(FIRST, 'x', 'auth_signing_keys/kid'));
    await expect(checkKeys(database, KeyRing.of(SECOND))).rejects.toThrow('sealed with another key');
    expect(await knownKeys()).toEqual([]);
    await checkKeys(database, KeyRing.of(FIRST));
    expect(await knownKeys()).toEqual([idOf(FIRST)]);
  });
});

describe('the application', () => {
  it('keeps no secret readable in the database, and works on after its key was replaced', async () => {
    const canary = `canary-${randomBytes(8).toString('hex')}`;
    const first = await startWholeApp(serving.url, {}, FIRST);
    const systems = first.app.get(SystemsService);
    const { id } = await systems.create(
      { name: 'test', requestId: null },
      {
        name: 'Directory',
        connector: 'ldap',
        config: { url: 'ldaps://directory.example.org', bindDn: 'cn=admin', baseDn: 'dc=example,dc=org' },
        secrets: { password: canary },
      },
    );
    await first.close();
    expect(await tablesThatHold(canary)).toEqual([]);
    expect(await tablesThatHold(Buffer.from(canary).toString('hex'))).toEqual([]);
    expect(await tablesThatHold('Directory')).toContain('provisioning_systems');

    await expect(startWholeApp(serving.url, {}, SECOND)).rejects.toMatchObject({ name: 'DataKeyError' });
    const keys = { ring: KeyRing.of(SECOND, FIRST), file: null };
    expect(await new KeyCommands(database, keys, () => undefined).replace()).toMatchObject({ isWell: true });
    const second = await startWholeApp(serving.url, {}, SECOND);
    const [row] = await database.query<{ sealed: Buffer }>(
      'select sealed_secrets as sealed from provisioning_systems where id = $1',
      [id],
    );
    const opened = second.app
      .get(SecretBox)
      .open(row?.sealed ?? Buffer.alloc(0), `provisioning_systems/${id}/secrets`);
    await second.close();
    expect(JSON.parse(opened)).toEqual({ password: canary });
  }, 30_000);

  it('starts again after its key was lost, once that was said, and tells what to enter again', async () => {
    const said: string[] = [];
    const first = await startWholeApp(serving.url, {}, FIRST);
    const { id } = await first.app.get(SystemsService).create(
      { name: 'test', requestId: null },
      {
        name: 'Directory',
        connector: 'ldap',
        config: { url: 'ldaps://directory.example.org', bindDn: 'cn=admin', baseDn: 'dc=example,dc=org' },
        secrets: { password: 'lost' },
      },
    );
    await first.close();

    const keys = { ring: KeyRing.of(THIRD), file: null };
    await new KeyCommands(database, keys, (line) => void said.push(line)).abandon(idOf(FIRST));
    expect(said).toContain(`Does not open any more, see docs/secrets.md: provisioning_systems/${id}/secrets`);
    const again = await startWholeApp(serving.url, {}, THIRD);
    await again.close();
    expect(await knownKeys()).toEqual([idOf(THIRD)]);
  }, 30_000);
});

/** As a dump would show them. */
async function tablesThatHold(text: string): Promise<string[]> {
  const owner = new Client({ connectionString: serving.ownerUrl });
  await owner.connect();
  try {
    const { rows } = await owner.query<{ name: string }>(
      `select relname as name from pg_class
       where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition`,
    );
    const found: string[] = [];
    for (const { name } of rows) {
      const { rowCount } = await owner.query(`select from ${name} as t where position($1 in t::text) > 0`, [
        text,
      ]);
      if ((rowCount ?? 0) > 0) found.push(name);
    }
    return found;
  } finally {
    await owner.end();
  }
}

function sealOld(key: Buffer, plain: string, place: string): Buffer {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(Buffer.from(place));
  const text = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
  return Buffer.concat([Buffer.of(1), nonce, cipher.getAuthTag(), text]);
}
