// What Provost itself does with the audit record, however it goes, leaves a chain without a fault.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { IndexAudit1795000008500 } from '../../../migrations/1795000008500-index-audit.js';
import { SealAudit1795000008000 } from '../../../migrations/1795000008000-seal-audit.js';
import { servingGrants } from '../../../migrations/grants.js';
import { migrations } from '../../../migrations/index.js';
import { AuditLog } from '../../../src/audit/index.js';
import { migrate, type Transaction } from '../../../src/platform/database/index.js';
import { KeyRing, SecretBox } from '../../../src/platform/secrets/index.js';
import { rewrapAll } from '../../../src/platform/secrets/key-replacement.js';
import { createEmptyDatabase } from '../../support/postgres.js';
import { asOwner, type Audit, INTACT, startAudit } from './audit.fixture.js';

const log = new AuditLog();
const actor = { name: 'local:anna', requestId: null };

function aChange(transaction: Transaction, objectId = '1', after: unknown = null): Promise<void> {
  return log.record(transaction, { actor, action: 'thing.changed', objectType: 'thing', objectId, after });
}

describe('the audit chain', () => {
  let audit: Audit;

  beforeEach(async () => {
    audit = await startAudit();
  });

  afterEach(() => audit.close());

  async function expectIntact(verifiedCount: number, unsealedCount = 0): Promise<void> {
    expect(await audit.verifier.verify()).toMatchObject({ ...INTACT, verifiedCount, unsealedCount });
  }

  it('is intact before anything was recorded', async () => {
    expect(await audit.sealer.seal()).toBe(0);
    expect(await audit.verifier.verify()).toEqual({
      isIntact: true,
      verifiedCount: 0,
      firstPosition: null,
      lastPosition: null,
      unsealedCount: 0,
      checkpoint: 'none',
      faults: [],
    });
  });

  it('tells how much is recorded and not sealed yet', async () => {
    await audit.record(2);
    await expectIntact(0, 2);
    await audit.sealer.seal();
    await audit.record(3);
    await expectIntact(2, 3);
  });

  it('takes a record of a transaction that commits after later ones were sealed', async () => {
    let commit: () => void = () => undefined;
    const mayCommit = new Promise<void>((resolve) => {
      commit = resolve;
    });
    let recorded: () => void = () => undefined;
    const isRecorded = new Promise<void>((resolve) => {
      recorded = resolve;
    });
    const late = audit.database.transact(async (transaction) => {
      await aChange(transaction, 'late');
      recorded();
      await mayCommit;
    });
    await isRecorded;
    await audit.record(3);
    expect(await audit.sealer.seal()).toBe(3);
    await audit.record(2);
    expect(await audit.sealer.seal()).toBe(2);
    commit();
    await late;
    await expectIntact(5, 1);
    expect(await audit.sealer.seal()).toBe(1);
    await expectIntact(6);
    const [row] = await audit.database.query(
      'select s.position, r.object_id from audit_seals s join audit_records r on r.id = s.record_id where r.id = 1',
    );
    expect(row).toEqual({ position: 6, object_id: 'late' });
  });

  it('takes a record of a transaction that began before the last pass and first writes after it', async () => {
    let write: () => void = () => undefined;
    const mayWrite = new Promise<void>((resolve) => {
      write = resolve;
    });
    const slow = audit.database.transact(async (transaction) => {
      await transaction.query('select 1');
      await mayWrite;
      await aChange(transaction, 'slow');
    });
    await audit.record(3);
    await audit.sealer.seal();
    write();
    await slow;
    expect(await audit.sealer.seal()).toBe(1);
    await expectIntact(4);
  });

  it('is not disturbed by ids that were rolled back', async () => {
    await audit.record(1);
    for (let index = 0; index < 5; index += 1) {
      const work = audit.database.transact(async (transaction) => {
        await aChange(transaction);
        throw new Error('no');
      });
      await expect(work).rejects.toThrow('no');
    }
    await audit.record(1);
    expect(await audit.sealer.seal()).toBe(2);
    await expectIntact(2);
  });

  it('is one chain when many write and two nodes seal and verify at the same time', async () => {
    const other = await audit.node();
    const writing = new AbortController();
    const sealing = [audit, other].map(async ({ sealer }) => {
      while (!writing.signal.aborted) await sealer.seal();
    });
    const verifying = (async () => {
      while (!writing.signal.aborted) expect((await other.verifier.verify()).faults).toEqual([]);
    })();
    await Promise.all([audit.record(80), other.record(80), audit.record(80), other.record(80)]);
    writing.abort();
    await Promise.all([...sealing, verifying]);
    await audit.sealer.seal();
    await expectIntact(320);
    expect(await other.verifier.verify()).toMatchObject({ ...INTACT, verifiedCount: 320 });
  });

  it('goes on where it was when the sealer dies between two pages of a pass', async () => {
    await audit.database.query(
      `insert into audit_records (actor, action, object_type, object_id)
       select 'local:anna', 'thing.changed', 'thing', n::text from generate_series(1, 2500) n`,
    );
    // The connection is cut as the second page is written.
    await asOwner(audit.url, (client) =>
      client.query(`
        create function cut() returns trigger language plpgsql as $$
        begin
          if exists (select from inserted where position = 1001) then perform pg_terminate_backend(pg_backend_pid()); end if;
          return null;
        end $$;
        create trigger cut after insert on audit_seals referencing new table as inserted
          for each statement execute function cut()`),
    );
    await expect(audit.sealer.seal()).rejects.toThrow();
    await expectIntact(1000, 1500);
    await asOwner(audit.url, (client) => client.query('drop trigger cut on audit_seals'));
    await audit.record(1);
    expect(await audit.sealer.seal()).toBe(1501);
    await expectIntact(2501);
  });

  it('seals exactly what can be read back, whatever the values and the settings of the session are', async () => {
    const values: unknown[] = [
      { text: '𝄞 😀 \u007f \u2028 "quoted" \\ back', nul: 'a\u0000b', lone: 'a\ud800b' },
      { long: 2n ** 70n, small: 5e-324, large: 1.7976931348623157e308, zero: -0, not: Number.NaN },
      [[], {}, '', null, true, [1.0, 1e21]],
      { ключ: 1, b: 2, a: 3, '': 4, constructor: 5, ['__proto__']: 6 },
    ];
    await audit.database.transact(async (transaction) => {
      for (const value of values) await aChange(transaction, '1', value);
    });
    await audit.database.query(
      `insert into audit_records (actor, action, object_type, object_id, after)
       values ('a', 'b', 'c', 'd', '{"n": 12345678901234567890.10, "m": 1.0, "e": 1e400}')`,
    );
    await audit.sealer.seal();
    await asOwner(audit.url, async (client) => {
      const { rows } = await client.query<{ name: string }>('select current_database() as name');
      const name = client.escapeIdentifier(rows[0]?.name ?? '');
      await client.query(`alter database ${name} set timezone = 'Asia/Kathmandu'`);
      await client.query(`alter database ${name} set datestyle = 'German'`);
      await client.query(`alter database ${name} set extra_float_digits = 0`);
      await client.query(`alter database ${name} set bytea_output = 'escape'`);
    });
    const later = await audit.node();
    expect(await later.verifier.verify()).toMatchObject({ ...INTACT, verifiedCount: 5 });
    await audit.tamper(
      `update audit_records set after = '{"n": 12345678901234567891.10, "m": 1.0, "e": 1e400}' where id = 5`,
    );
    expect(await audit.faults()).toEqual(['edited@5']);
  });

  it('takes a clock that is set back by hours, and finds no fault in it', async () => {
    await audit.record(2);
    await audit.sealer.seal();
    await audit.rewriteHead((head) => ({
      ...head,
      // As the database writes it, without noughts at the end.
      passedAt: new Date(head.last.passedAtMs + 7_200_000).toISOString().replace(/\.?0*Z$/, 'Z'),
    }));
    await audit.record(2);
    expect(await audit.sealer.seal()).toBe(2);
    await audit.record(2);
    expect(await audit.sealer.seal()).toBe(2);
    await expectIntact(6);
  });

  it('takes new records with a time from before: the clock may have been wrong, and was put right since', async () => {
    await audit.record(2);
    await audit.sealer.seal();
    await audit.database.query(
      `insert into audit_records (recorded_at, actor, action, object_type, object_id)
       select now() - interval '30 minutes', 'local:anna', 'thing.changed', 'thing', n::text from generate_series(1, 3) n`,
    );
    expect(await audit.sealer.seal()).toBe(3);
    await expectIntact(5);
  });

  it('goes on after it was restored into a cluster whose transactions are counted from a lower number', async () => {
    const ofOldCluster = (transaction: number): Promise<unknown> =>
      audit.database.query(
        `insert into audit_records (transaction_id, actor, action, object_type, object_id)
         values ('${transaction}', 'local:anna', 'thing.changed', 'thing', '1')`,
      );
    await ofOldCluster(5_000_000);
    await ofOldCluster(5_000_003);
    await audit.sealer.seal();
    await audit.rewriteHead((head) => ({
      ...head,
      last: { ...head.last, horizon: 5_000_004n, ceiling: 5_000_006n, cluster: 'another' },
    }));
    await ofOldCluster(5_000_004);
    await audit.record(2);
    await expectIntact(2, 3);
    expect(await audit.sealer.seal()).toBe(3);
    await audit.record(1);
    expect(await audit.sealer.seal()).toBe(1);
    await expectIntact(6);
  });

  it('verifies after the key of secrets was replaced, and goes on', async () => {
    const [old, next] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
    const before = await audit.node({ box: new SecretBox(old) });
    await before.record(3);
    await before.sealer.seal();
    const ring = KeyRing.of(next, old);
    await rewrapAll(audit.database, ring);
    const after = await audit.node({ box: new SecretBox(next) });
    await after.record(2);
    await after.sealer.seal();
    expect(await after.verifier.verify()).toMatchObject({ ...INTACT, verifiedCount: 5 });
  });

  it('begins over the records that an older version left, without a table being written anew', async () => {
    const { url, drop } = await createEmptyDatabase();
    const older = migrations.slice(
      0,
      migrations.findIndex((migration) => migration === SealAudit1795000008000),
    );
    await migrate({ url, migrations: older, log: () => undefined });
    const client = new Client({ connectionString: url });
    await client.connect();
    await client.query(
      `insert into audit_records (actor, action, object_type, object_id, recorded_at)
       select 'local:anna', 'thing.changed', 'thing', n::text, now() - interval '1 year' from generate_series(1, 1500) n`,
    );
    const fileOf = "select pg_relation_filenode('audit_records') as file";
    const { rows: before } = await client.query(fileOf);
    await migrate({
      url,
      migrations: [...older, SealAudit1795000008000, IndexAudit1795000008500],
      log: () => undefined,
    });
    expect((await client.query(fileOf)).rows).toEqual(before);
    await client.end();
    const node = await audit.node({ url });
    await node.record(1);
    expect(await node.sealer.seal()).toBe(1501);
    expect(await node.verifier.verify()).toMatchObject({ ...INTACT, verifiedCount: 1501 });
    await node.close();
    await drop();
  });

  it('finds out when records wait for a seal that does not come', async () => {
    await audit.record(1);
    await audit.tamper("update audit_records set recorded_at = now() - interval '6 minutes'");
    const { faults } = await audit.verifier.verify();
    expect(faults).toMatchObject([
      { kind: 'unsealed', recordId: 1, detail: expect.stringContaining('5 minutes: 1') },
    ]);
  });
});

/** What `npm run migrate` gives the role that serves. */
const SERVING_RIGHTS = [
  ...Object.entries(servingGrants.tables)
    .filter(([table]) => table.startsWith('audit_'))
    .map(([table, rights]) => `${rights.join(', ')} on ${table}`),
  ...servingGrants.functions
    .filter((name) => name.startsWith('audit_'))
    .map((name) => `execute on function ${name}`),
];

describe('the rows of the audit record', () => {
  let audit: Audit;

  beforeEach(async () => {
    audit = await startAudit();
    await audit.record(2);
    await audit.sealer.seal();
  });

  afterEach(() => audit.close());

  it('are refused every change by the trigger, to the owner too', async () => {
    await asOwner(audit.url, async (client) => {
      for (const table of ['audit_records', 'audit_seals', 'audit_anchor']) {
        await client.query(`grant all on ${table} to current_user`);
        for (const statement of [
          `update ${table} set ${table === 'audit_records' ? 'actor' : 'hash'} = null`,
          `delete from ${table} where false`,
          `truncate ${table}`,
          `do $$ begin execute 'delete from ${table} -- audit_forget(bigint,bytea,bytea)'; end $$`,
        ]) {
          await expect(client.query(statement)).rejects.toThrow('append-only');
        }
      }
    });
    expect(await audit.verifier.verify()).toMatchObject(INTACT);
  });

  it.each([
    ['one line of it', "execute E'delete from audit_records where id = 1 /* \\n', ' */'"],
    ['every line of it', "execute E'delete from audit_records where id = 1 /* \\n', '\\n */'"],
  ])('are not let go for the name of the function that removes them: %s', async (_how, statement) => {
    const name = 'PL/pgSQL function public.audit_forget(bigint,bytea,bytea) line 1 at SQL statement';
    const [before = '', after = ''] = statement.split("', '");
    await asOwner(audit.url, async (client) => {
      const spoof = `do $$ begin ${before}${name}${after}; end $$`;
      await expect(client.query(spoof)).rejects.toThrow('append-only');
      await expect(client.query(spoof.replace('id = 1', 'id < 0'))).rejects.toThrow('append-only');
      await client.query('create schema "x public.audit_forget(bigint,bytea,bytea)"');
      await client.query(`
        create function "x public.audit_forget(bigint,bytea,bytea)".go() returns void language plpgsql as $$
        begin
          delete from audit_records where id = 1;
        end $$`);
      await expect(client.query('select "x public.audit_forget(bigint,bytea,bytea)".go()')).rejects.toThrow(
        'append-only',
      );
    });
    expect(await audit.verifier.verify()).toMatchObject({ ...INTACT, verifiedCount: 2 });
  });

  it('can be neither changed nor truncated by their owner, by right', async () => {
    await asOwner(audit.url, async (client) => {
      for (const statement of [
        "update audit_records set actor = 'x'",
        'truncate audit_records',
        "update audit_seals set hash = ''",
        'truncate audit_seals',
      ]) {
        await expect(client.query(statement)).rejects.toThrow('permission denied');
      }
    });
  });

  it('can be added and read, and no more, by the role that serves', async () => {
    const role = `${new URL(audit.url).pathname.slice(1)}_serving`;
    await asOwner(audit.url, async (client) => {
      await client.query(`create role ${role} login password 'serving'`);
      for (const rights of SERVING_RIGHTS) await client.query(`grant ${rights} to ${role}`);
    });
    const url = new URL(audit.url);
    url.username = role;
    url.password = 'serving';
    const serving = await audit.node({ url: url.href });
    try {
      await serving.record(2);
      expect(await serving.sealer.seal()).toBe(2);
      expect(await serving.verifier.verify()).toMatchObject({ ...INTACT, verifiedCount: 4 });
      for (const statement of [
        "update audit_records set actor = 'x'",
        'delete from audit_records',
        'truncate audit_records',
        'delete from audit_seals',
        "update audit_seals set hash = ''",
        'alter table audit_records disable trigger user',
      ]) {
        await expect(serving.database.query(statement)).rejects.toThrow(/permission denied|must be owner/);
      }
      await expect(serving.database.query("select audit_forget(2, '', '')")).rejects.toThrow('30 days');
    } finally {
      await serving.close();
      await asOwner(audit.url, async (client) => {
        for (const rights of SERVING_RIGHTS) await client.query(`revoke ${rights} from ${role}`);
        await client.query(`drop role ${role}`);
      });
    }
  });
});
