// A restored queue over the API and with the client: what would move, holding and releasing it, and who may.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { OperatorsService, type Role, SYSTEM_AUTHOR } from '../../src/auth/index.js';
import { Database } from '../../src/platform/database/index.js';
import { type Ran, runClient } from '../support/client.js';
import { PASSWORD } from '../support/operators.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { startWholeApp, type WholeApp } from '../support/whole-app.js';

let testDatabase: TestDatabase;
let service: WholeApp;
let database: Database;
let folder: string;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  // No worker: what waits stays as the spec has put it there.
  service = await startWholeApp(testDatabase.url, { PROVOST_ROLES: 'api' });
  database = service.app.get(Database);
  folder = mkdtempSync(join(tmpdir(), 'provost-cli-'));
  await addOperator('olga', 'operator');
  await addOperator('aud', 'auditor');
  await database.query(
    `insert into queue_lanes (key, target_id, shard, state, tail_seq) values ('note:1', 1, 0, 'ready', 2)`,
  );
  await database.query(
    `insert into queue_operations (lane_id, seq, kind, state, subject, payload, actor, created_at)
     select l.id, n, 'note', case n when 1 then 'UNKNOWN' else 'CREATED' end, 'a note', '{}', 'local:anna',
            '2027-01-05T09:00:00Z'::timestamptz + make_interval(mins => n)
     from queue_lanes l, generate_series(1, 2) n`,
  );
  await database.query(
    `insert into queue_archive (lane_id, seq, kind, state, attempts, crashes, created_at, finished_at, subject, result, payload, actor)
     values (9, 1, 'note', 'EXECUTED', 1, 0, now(), now(), 'a note', 'done', '{}', 'local:anna')`,
  );
}, 60_000);

afterAll(async () => {
  await service?.close();
  await testDatabase?.drop();
  rmSync(folder, { recursive: true });
});

async function addOperator(login: string, role: Role): Promise<void> {
  const request = { login, displayName: `The ${login}`, password: PASSWORD, roles: [role] };
  await service.app.get(OperatorsService).create(request, SYSTEM_AUTHOR);
}

function provost(...args: string[]): Promise<Ran> {
  return runClient(args, { folder, server: service.url, input: `${PASSWORD}\n` });
}

describe('the client, as an operator', () => {
  beforeEach(() => provost('login', '--login', 'olga'));

  it('shows what a release would set in motion, and what may have happened after the backup', async () => {
    const { code, out } = await provost('queue', 'restoration');
    expect(code).toBe(0);
    expect(out).toMatch(/^Held +nothing: work goes on$/m);
    expect(out).toMatch(/^Last executed +\d{4}-/m);
    expect(out).toMatch(/^TARGET +KIND +WAITING +BEGUN +OLDEST$/m);
    expect(out).toMatch(/^database +note +2 +1 +2027-01-05/m);
  });

  it('holds everything with a reason, and lets it go again', async () => {
    const held = await provost('queue', 'hold-all', '--reason', 'restored by hand');
    expect(held).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^Why +restored by hand$/m) as unknown,
    });
    expect(await database.query(`select from queue_targets where hold = 'restored'`)).not.toEqual([]);
    const again = await provost('queue', 'hold-all', '--reason', 'again');
    expect(again).toMatchObject({
      code: 1,
      err: expect.stringContaining('Everything is held since') as unknown,
    });

    const released = await provost('--json', 'queue', 'release', '--reason', 'compared');
    expect(JSON.parse(released.out)).toMatchObject({ isHeld: false, cause: null, since: null });
    expect(await database.query('select from queue_targets where hold is not null')).toEqual([]);
    const repeated = await provost('queue', 'release', '--reason', 'again');
    expect(repeated).toMatchObject({ code: 1, err: expect.stringContaining('Nothing is held') as unknown });
    const records = await database.query(
      `select actor, action, after::jsonb->>'reason' as reason from audit_records where object_type = 'queue' order by id`,
    );
    expect(records).toEqual([
      { actor: 'local:olga', action: 'queue.held', reason: 'restored by hand' },
      { actor: 'local:olga', action: 'queue.released', reason: 'compared' },
    ]);
  });

  it('asks for the reason', async () => {
    expect(await provost('queue', 'release')).toMatchObject({
      code: 2,
      err: expect.stringContaining('--reason') as unknown,
    });
  });
});

it('lets an auditor look and nothing else', async () => {
  await provost('login', '--login', 'aud');
  expect(await provost('queue', 'restoration')).toMatchObject({ code: 0 });
  expect(await provost('queue', 'release', '--reason', 'x')).toMatchObject({
    code: 1,
    err: expect.stringContaining('queue.operate') as unknown,
  });
});
