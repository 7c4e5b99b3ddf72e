// The audit record over HTTP: who may read it, how it is searched, exported and verified.
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AuditLog, AuditTrailModule, auditSettings, Sealer } from '../../src/audit/index.js';
import { AuditSearch } from '../../src/audit/audit-search.js';
import { Database } from '../../src/platform/database/index.js';
import type { TestApp, TestResponse } from '../support/http-app.js';
import { addLoggedIn, bootGuardedApp } from '../support/operators.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';

interface AuditItem {
  readonly id: number;
  readonly recordedAt: string;
  readonly action: string;
  readonly objectId: string;
  readonly position: number | null;
}

interface Answer extends AuditItem {
  readonly items: AuditItem[];
  readonly next: string | null;
  readonly status: number;
  readonly type: string;
  readonly isIntact: boolean;
  readonly verifiedCount: number;
  readonly checkpoint: string;
  readonly faults: readonly { readonly kind: string; readonly recordId: number }[];
}

const COUNT = 1_203;

describe('the audit record over HTTP', () => {
  let testDatabase: TestDatabase;
  let app: TestApp;
  let database: Database;
  let folder: string;
  let token: string;
  let operatorToken: string;

  beforeAll(async () => {
    testDatabase = await createTestDatabase();
    folder = mkdtempSync(join(tmpdir(), 'provost-audit-api-'));
    app = await bootGuardedApp({
      imports: [AuditTrailModule],
      settings: [auditSettings],
      env: {
        PROVOST_ROLES: 'api',
        PROVOST_AUDIT_CHECKPOINT_FILE: join(folder, 'checkpoints.jsonl'),
      },
      databaseUrl: testDatabase.url,
    });
    database = app.app.get(Database);
    token = (await addLoggedIn(app, 'auditor', 'auditor')).accessToken;
    operatorToken = (await addLoggedIn(app, 'operator', 'operator')).accessToken;
    const log = app.app.get(AuditLog);
    await database.transact(async (transaction) => {
      for (let index = 1; index <= COUNT; index += 1)
        await log.record(transaction, {
          actor: { name: index % 2 === 0 ? 'local:even' : 'local:odd', requestId: `request-${index}` },
          operation: `o7-${index}`,
          action: index % 3 === 0 ? 'thing.deleted' : 'thing.changed',
          objectType: 'thing',
          objectId: String(index % 10),
          before: { password: 'canary', n: index },
          after: { n: index + 1 },
        });
    });
    // Before the first seal: afterwards nobody gets records of the past into the chain.
    await database.query(
      `insert into audit_records (recorded_at, actor, request_id, operation, action, object_type, object_id)
       select now() - interval '2 years' + n * interval '1 minute', 'local:' || n % 50, 'r' || n, 'o' || n, 'a.' || n % 50, 't', n::text
       from generate_series(1, 10000) n`,
    );
    await database.query(
      `insert into audit_records (recorded_at, actor, action, object_type, object_id, after)
       select now() - interval '3 years', 'local:big', 'big.changed', 'big', n::text, jsonb_build_object('text', repeat(md5(n::text), 300))
       from generate_series(1, 6000) n`,
    );
    await app.app.get(Sealer).seal();
  });

  afterAll(async () => {
    await app.close();
    rmSync(folder, { recursive: true });
    await testDatabase.drop();
  });

  function get(path: string, as = token): Promise<TestResponse<Answer>> {
    return app.request<Answer>('GET', `/api/v1/audit${path}`, { token: as });
  }

  function verify(body: object): Promise<TestResponse<Answer>> {
    return app.request<Answer>('POST', '/api/v1/audit/verifications', { token, body });
  }

  async function exported(query = ''): Promise<(AuditItem & { before: unknown })[]> {
    const response = await fetch(`${app.url}/api/v1/audit/export${query}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(response.headers.get('content-type')).toBe('application/x-ndjson');
    const text = await response.text();
    if (text === '') return [];
    expect(text.endsWith('\n')).toBe(true);
    return text
      .slice(0, -1)
      .split('\n')
      .map((line) => JSON.parse(line) as AuditItem & { before: unknown });
  }

  it('is for those who may read it, and no one else', async () => {
    for (const [method, path] of [
      ['GET', ''],
      ['GET', '/1'],
      ['GET', '/export'],
      ['GET', '/checkpoint'],
      ['POST', '/verifications'],
    ] as const) {
      const body = method === 'POST' ? { body: {} } : {};
      const url = `/api/v1/audit${path}`;
      expect((await app.request(method, url, { token: operatorToken, ...body })).status).toBe(403);
      expect((await app.request(method, url, body)).status).toBe(401);
      expect((await app.request(method, url, { token, ...body })).status).toBe(200);
    }
  });

  it('is listed newest first, page by page, each record once', async () => {
    const seen: AuditItem[] = [];
    let after = '';
    do {
      const { status, body } = await get(`?objectType=thing&limit=200${after}`);
      expect(status).toBe(200);
      seen.push(...body.items);
      after = body.next === null ? '' : `&after=${body.next}`;
    } while (after !== '');
    expect(seen.length).toBe(COUNT);
    expect(new Set(seen.map(({ id }) => id)).size).toBe(COUNT);
    const times = seen.map(({ recordedAt }) => Date.parse(recordedAt));
    expect(times).toEqual(times.toSorted((left, right) => right - left));
    expect(seen.every(({ position }) => position !== null)).toBe(true);
  });

  it.each([
    ['actor=local:even&objectType=thing', Math.floor(COUNT / 2)],
    ['action=thing.deleted', Math.floor(COUNT / 3)],
    ['objectType=thing&objectId=7', 120],
    ['requestId=request-7', 1],
    ['operation=o7-9', 1],
    ['actor=local:even&action=thing.deleted', Math.floor(COUNT / 6)],
    ["actor=local:x'%20or%20true--", 0],
    ['objectType=thing&from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00%2B02:00', 0],
  ])('finds by %s', async (filter, count) => {
    const found: AuditItem[] = [];
    let after = '';
    do {
      const { body } = await get(`?${filter}&limit=200${after}`);
      found.push(...body.items);
      after = body.next === null ? '' : `&after=${body.next}`;
    } while (after !== '');
    expect(found).toHaveLength(count);
  });

  it('finds by time, from a record on and before another', async () => {
    const all = (await get('?objectType=thing&limit=20')).body.items;
    const [newest, oldest] = [all[0], all[19]];
    const { body } = await get(`?objectType=thing&from=${oldest?.recordedAt}&to=${newest?.recordedAt}`);
    expect(body.items.map(({ id }) => id)).toEqual(all.slice(1).map(({ id }) => id));
  });

  it('is searched by an index, whatever it is searched by', async () => {
    await database.query('analyze audit_records');
    for (const [condition, order] of [
      ["actor = 'local:7'", true],
      ["action = 'a.7'", true],
      ["request_id = 'r7'", true],
      ["operation = 'o7'", true],
      ["object_type = 't' and object_id = '7'", true],
      ["recorded_at >= '2024-01-01' and recorded_at < now() - interval '700 days'", true],
      ['true', true],
    ] as const) {
      const plan = await database.query<{ 'QUERY PLAN': string }>(
        `explain select * from audit_records r where ${condition} ${order ? 'order by recorded_at desc, id desc' : ''} limit 51`,
      );
      expect(plan.map((row) => row['QUERY PLAN']).join('\n')).not.toContain('Seq Scan');
    }
  });

  it('refuses what is no filter and no cursor', async () => {
    for (const query of ['?actor=', '?from=yesterday', '?after=x', '?limit=0', '?limit=201', '?colour=red'])
      expect((await get(query)).status).toBe(400);
  });

  it('shows one record, with secrets masked', async () => {
    const [first] = (await get('?requestId=request-1')).body.items;
    const { status, body } = await get(`/${first?.id}`);
    expect(status).toBe(200);
    expect(body).toEqual({
      id: first?.id,
      recordedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      actor: 'local:odd',
      requestId: 'request-1',
      operation: 'o7-1',
      action: 'thing.changed',
      objectType: 'thing',
      objectId: '1',
      before: { password: '[secret]', n: 1 },
      after: { n: 2 },
      position: expect.any(Number),
    });
    expect((await get('/999999')).body).toMatchObject({
      status: 404,
      type: '/problems/audit/record-not-found',
    });
    expect((await get('/nonsense')).status).toBe(400);
  });

  it('is exported oldest first, a line each, with its numbers to the last digit, and that is recorded', async () => {
    await database.query(
      `insert into audit_records (actor, action, object_type, object_id, before)
       values ('local:exact', 'number.kept', 'number', '1', '{"n": 12345678901234567890.10}')`,
    );
    const lines = await exported();
    const [row] = await database.query<{ count: number }>('select count(*) from audit_records');
    // Itself too: it is written before the first line is read, and its own time lies before the export's end or not.
    expect(lines.length).toBeGreaterThanOrEqual((row?.count ?? 0) - 1);
    const times = lines.map(({ recordedAt }) => Date.parse(recordedAt));
    expect(times).toEqual(times.toSorted((left, right) => left - right));
    const response = await fetch(`${app.url}/api/v1/audit/export?from=${lines.at(-3)?.recordedAt}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(await response.text()).toContain('12345678901234567890.10');
    const { body } = await get('?action=audit.exported&limit=1');
    expect(body.items).toMatchObject([{ actor: 'local:auditor', objectType: 'audit' }]);
  });

  it('is exported for a span of time', async () => {
    const [newest] = (await get('?objectType=thing&limit=1')).body.items;
    const lines = await exported(`?from=${newest?.recordedAt}&to=2100-01-01T00:00:00Z`);
    expect(lines[0]?.id).toBe(newest?.id);
    expect(await exported('?to=2001-01-01T00:00:00Z')).toEqual([]);
  });

  it('is exported no faster than it is read', async () => {
    const search = app.app.get(AuditSearch);
    let pages = 0;
    const lines = search.lines.bind(search);
    search.lines = async function* counted(range) {
      for await (const page of lines(range)) {
        pages += 1;
        yield page;
      }
    };
    const { port } = new URL(app.url);
    const socket = connect(Number(port), '127.0.0.1');
    socket.write(
      `GET /api/v1/audit/export HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${token}\r\n\r\n`,
    );
    try {
      await once(socket, 'readable');
      // Nobody reads on: other requests are answered, and the export has come no further than the buffers.
      for (let index = 0; index < 20; index += 1) expect((await get('?limit=200')).status).toBe(200);
      expect(pages).toBeLessThan(6);
    } finally {
      socket.destroy();
      search.lines = lines;
    }
  });

  it('is verified, with its checkpoint, and says what somebody did', async () => {
    await app.app.get(Sealer).seal();
    const signed = await get('/checkpoint');
    expect(signed.body).toMatchObject({ keyId: expect.any(String), publicKey: expect.any(String) });
    const checkpoint = JSON.stringify(signed.body);
    const intact = await verify({ checkpoint });
    expect(intact).toMatchObject({
      status: 200,
      body: { isIntact: true, checkpoint: 'matches', faults: [] },
    });
    expect((await verify({ checkpoint: 'nonsense' })).body).toMatchObject({
      status: 422,
      type: '/problems/audit/checkpoint-unreadable',
    });
    expect((await verify({ check: 1 })).status).toBe(400);
    await database.query('grant update on audit_records to current_user');
    await database.query('alter table audit_records disable trigger user');
    await database.query("update audit_records set actor = 'local:eve' where request_id = 'request-5'");
    const { body } = await verify({});
    expect(body).toMatchObject({ isIntact: false, faults: [{ kind: 'edited' }] });
    const [edited] = (await get('?actor=local:eve')).body.items;
    expect(body.faults[0]?.recordId).toBe(edited?.id);
  });

  it('gives no checkpoint of a chain that somebody damaged', async () => {
    await database.query("update audit_head set mac = sha256('x')");
    expect((await get('/checkpoint')).body).toMatchObject({
      status: 409,
      type: '/problems/audit/chain-unusable',
    });
  });
});
