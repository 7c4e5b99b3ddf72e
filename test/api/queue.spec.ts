// What a person does with the queue over HTTP and with the client: explain, move, preview, hold.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { processSettings } from '../../src/platform/config/index.js';
import { Database, Partitions } from '../../src/platform/database/index.js';
import {
  type NewOperation,
  OperationKinds,
  Queue,
  QueueModule,
  queueSettings,
  Targets,
} from '../../src/queue/index.js';
import { type Ran, runClient, type RunOptions } from '../support/client.js';
import type { TestApp, TestResponse } from '../support/http-app.js';
import { addLoggedIn, addOperator, bootGuardedApp, PASSWORD } from '../support/operators.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';

interface Answer {
  readonly id: string;
  readonly state: string;
  readonly result: string;
  readonly type: string;
  readonly count: number;
  readonly moved: number;
  readonly selection: string;
  readonly items: readonly Answer[];
  readonly findings: readonly { readonly reason: string }[];
  readonly actions: readonly { readonly call: string; readonly command: string }[];
  readonly errors: readonly { readonly pointer: string; readonly detail: string }[];
}

let created: TestDatabase;
let api: TestApp;
let database: Database;
let administrator: string;
let auditor: string;
let targetId: number;
let folder: string;

beforeAll(async () => {
  created = await createTestDatabase();
  api = await bootGuardedApp({
    imports: [QueueModule.of({ url: created.url, poolSize: 4, statementTimeoutMs: 15_000 })],
    settings: [processSettings, queueSettings],
    // No worker: what waits stays as it is.
    env: { PROVOST_ROLES: 'api' },
    databaseUrl: created.url,
  });
  database = api.app.get(Database);
  await api.app.get(Partitions).ensure();
  api.app.get(OperationKinds).register({
    kind: 'note',
    payload: z.strictObject({}),
    whenExhausted: 'park',
    retryGate: 'claim',
    run: async () => ({ kind: 'executed', summary: 'done' }),
  });
  targetId = await database.transact((transaction) =>
    api.app.get(Targets).create(transaction, 'synchronous', {
      name: 'system:Directory',
      concurrency: 4,
      retryPolicy: 'default',
    }),
  );
  administrator = (await addLoggedIn(api, 'anna', 'administrator')).accessToken;
  auditor = (await addLoggedIn(api, 'ota', 'auditor')).accessToken;
  await addOperator(api, 'client', 'operator');
}, 60_000);

afterAll(async () => {
  await api?.close();
  await created?.drop();
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'provost-queue-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
  await database.query('delete from queue_operations');
  await database.query('delete from queue_lanes');
  await database.query(
    'update queue_targets set hold = null, hold_reason = null, held_at = null, held_by = null',
  );
});

function call(
  method: string,
  path: string,
  body?: unknown,
  token = administrator,
): Promise<TestResponse<Answer>> {
  return api.request<Answer>(method, `/api/v1/${path}`, { token, ...(body === undefined ? {} : { body }) });
}

/** Operations of one lane each, parked when asked for; gives their ids in order. */
async function waiting(
  names: readonly string[],
  state: 'parked' | 'ready' | 'unknown' = 'parked',
): Promise<string[]> {
  await database.transact(async (transaction) => {
    for (const name of names) {
      const operation: NewOperation = {
        lane: `note:${name}`,
        targetId,
        kind: 'note',
        subject: `match ${name} on Directory`,
        payload: {},
        actor: { name: 'test', requestId: null },
      };
      api.app.get(Queue).enqueue(transaction, operation);
    }
  });
  if (state !== 'ready') {
    await database.query(`update queue_lanes set state = $1`, [state === 'parked' ? 'parked' : 'ready']);
    await database.query(`update queue_operations set state = $1`, [
      state === 'parked' ? 'FAILED' : 'UNKNOWN',
    ]);
  }
  const rows = await database.query<{ id: string }>(
    `select 'o' || lane_id || '-' || seq as id from queue_operations order by lane_id, seq`,
  );
  return rows.map(({ id }) => id);
}

const auditOf = (id: string): Promise<unknown[]> =>
  database.query('select actor, action, after from audit_records where operation = $1', [id]);

describe('the queue over HTTP', () => {
  it('explains, and offers calls that it takes', async () => {
    const [id = ''] = await waiting(['anna']);
    const { status, body } = await call('GET', `operations/${id}/explain`, undefined, auditor);
    expect({ status, reasons: body.findings.map(({ reason }) => reason) }).toEqual({
      status: 200,
      reasons: ['person'],
    });
    for (const { call: offered } of body.actions.filter((action) => action.command.includes('retry'))) {
      const [method = '', path = ''] = offered.replace('/api/v1/', '').split(' ');
      expect((await call(method, path)).status).toBe(202);
    }
    expect(await call('GET', 'operations/o999-1/explain')).toMatchObject({ status: 404 });
  });

  it('retries with a reason or without one', async () => {
    const [id = '', other = ''] = await waiting(['anna', 'bert']);
    expect(await call('POST', `operations/${id}/retries`)).toMatchObject({ status: 202 });
    expect(await auditOf(id)).toEqual([{ actor: 'local:anna', action: 'operation.retried', after: null }]);
    await call('POST', `operations/${other}/retries`, { reason: 'the cause is gone' });
    expect(await auditOf(other)).toEqual([
      { actor: 'local:anna', action: 'operation.retried', after: { reason: 'the cause is gone' } },
    ]);
  });

  it('confirms what somebody has looked at, and nothing else', async () => {
    const [id = ''] = await waiting(['anna'], 'unknown');
    const confirmed = await call('POST', `operations/${id}/confirmation`, { reason: 'the entry is there' });
    expect(confirmed).toMatchObject({
      status: 200,
      body: { state: 'EXECUTED', result: 'Confirmed by local:anna: the entry is there' },
    });
    expect(await auditOf(id)).toMatchObject([{ action: 'operation.confirmed' }]);
    const [other = ''] = await waiting(['bert'], 'ready');
    expect(await call('POST', `operations/${other}/confirmation`, { reason: 'x' })).toMatchObject({
      status: 409,
      body: { type: '/problems/queue/operation-not-unknown' },
    });
  });

  it.each([
    ['nothing', undefined],
    ['no reason', {}],
    ['blanks', { reason: ' \n' }],
    ['NUL', { reason: 'a\u0000b' }],
    ['4,000 characters', { reason: 'x'.repeat(4_000) }],
  ])('refuses %s as a reason, and says where', async (_, body) => {
    const [id = ''] = await waiting(['anna']);
    const refused = await call('POST', `operations/${id}/cancellation`, body);
    expect(refused.status).toBe(400);
    expect(refused.body.errors.map(({ pointer }) => pointer)).toEqual([body === undefined ? '' : '/reason']);
  });

  it('moves what was previewed, and 409 when that has changed', async () => {
    await waiting(['anna', 'bert']);
    const selection = { move: 'retry', target: 'system:Directory', state: 'FAILED' };
    const preview = await call('POST', 'operations/moves/preview', selection);
    expect(preview).toMatchObject({
      status: 200,
      body: { count: 2, hasMore: false, items: [{ subject: 'match anna on Directory' }, {}] },
    });
    const request = { ...selection, selection: preview.body.selection, reason: 'it is back' };
    expect(await call('POST', 'operations/moves', { ...request, state: 'UNKNOWN' })).toMatchObject({
      status: 409,
      body: { type: '/problems/queue/selection-changed' },
    });
    expect(await call('POST', 'operations/moves', request)).toMatchObject({
      status: 200,
      body: { moved: 2 },
    });
    expect(await call('POST', 'operations/moves', request)).toMatchObject({ status: 409 });
    const nothing = await call('POST', 'operations/moves/preview', { move: 'cancel', kind: 'none' });
    expect(nothing.body).toMatchObject({ count: 0, items: [] });
  });

  it('does not take a preview of its own making, nor ids that are none', async () => {
    const made = await call('POST', 'operations/moves', { move: 'cancel', selection: '1-abc', reason: 'x' });
    expect(made).toMatchObject({ status: 400, body: { errors: [{ pointer: '/selection' }] } });
    const ids = await call('POST', 'operations/moves/preview', { move: 'cancel', ids: ['o1-1', 'x'] });
    expect(ids).toMatchObject({ status: 400, body: { errors: [{ pointer: '/ids/1' }] } });
  });

  it('lets auditors look and nobody else but operators move', async () => {
    const [id = ''] = await waiting(['anna']);
    expect((await call('GET', 'targets', undefined, auditor)).status).toBe(200);
    for (const [method, path, body] of [
      ['POST', `operations/${id}/cancellation-behind`, { reason: 'x' }],
      ['POST', 'operations/moves/preview', { move: 'cancel' }],
      ['PUT', `targets/${targetId}/hold`, { hold: 'disabled', reason: 'x' }],
      ['DELETE', `targets/${targetId}/hold`, undefined],
    ] as const)
      expect(await call(method, path, body, auditor)).toMatchObject({ status: 403 });
  });

  it('holds a target and lifts that', async () => {
    const path = `targets/${targetId}/hold`;
    expect(await call('PUT', path, { hold: 'maintenance', reason: 'new disks' })).toMatchObject({
      status: 200,
      body: {
        name: 'system:Directory',
        hold: { kind: 'maintenance', reason: 'new disks', by: 'local:anna' },
      },
    });
    expect((await call('GET', `targets/${targetId}`)).body).toMatchObject({ hold: { reason: 'new disks' } });
    expect((await call('DELETE', path)).status).toBe(204);
    expect(await call('DELETE', path)).toMatchObject({ status: 409 });
    expect(await call('PUT', path, { hold: 'restored', reason: 'x' })).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: '/hold' }] },
    });
    expect(await call('GET', 'targets/999999999')).toMatchObject({ status: 404 });
  });
});

describe('the queue with the client', () => {
  const provost = (args: string, options: Partial<RunOptions> = {}): Promise<Ran> =>
    runClient(
      (args.match(/'[^']*'|\S+/g) ?? []).map((word) => word.replaceAll("'", '')),
      { folder, server: api.url, ...options },
    );

  async function succeed(args: string): Promise<string> {
    const { code, out, err } = await provost(args);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    return out;
  }

  beforeEach(() => provost('login --login client', { input: `${PASSWORD}\n` }));

  it('explains with commands to type', async () => {
    const [id = ''] = await waiting(['anna']);
    const out = await succeed(`queue explain ${id}`);
    expect(out).toMatch(/^Why +The last attempt failed\./m);
    expect(out).toMatch(new RegExp(`^ +Command +provost queue cancel ${id} --reason TEXT$`, 'm'));
    expect(out).toMatch(new RegExp(`^ +Call +POST /api/v1/operations/${id}/retries$`, 'm'));
  });

  it('shows what would move and asks, at a terminal', async () => {
    await waiting(['anna', 'bert']);
    const asked = await provost('queue retry --target directory --state failed --reason back', {
      isTerminal: true,
      input: 'n\n',
    });
    expect(asked).toMatchObject({ code: 130, out: '' });
    expect(asked.err).toMatch(/FAILED +0 +system:Directory +match bert on Directory\n/);
    expect(asked.err).toContain('Really retry 2? [y/N]');
    expect(await succeed('queue retry --target Directory --preview')).toMatch(/match anna on Directory/);
    expect(await succeed('queue retry --target Directory --reason back')).toBe('2 operations are due.\n');
    expect(await succeed('queue retry --target Directory --preview')).toBe('Nothing is there to retry.\n');
    expect(await succeed("queue cancel --lane note:anna --reason 'not wanted' --yes")).toBe(
      '1 operations are canceled.\n',
    );
  });

  it('takes several by their ids', async () => {
    const ids = await waiting(['anna', 'bert', 'cyril']);
    expect(await succeed(`queue cancel ${ids.slice(0, 2).join(' ')} --reason x`)).toBe(
      '2 operations are canceled.\n',
    );
    expect(await provost(`queue retry ${ids.at(2)} o999-1`)).toMatchObject({ code: 2 });
    expect(await provost('queue retry')).toMatchObject({
      code: 2,
      err: expect.stringContaining('Say which'),
    });
  });

  it('confirms, and cancels what stands behind', async () => {
    const [id = ''] = await waiting(['anna', 'anna', 'anna'], 'unknown');
    expect(await succeed(`queue cancel-behind ${id} --reason x`)).toBe(`2 behind ${id} are canceled.\n`);
    expect(await succeed(`queue confirm ${id} --reason 'it is there'`)).toBe(
      `${id} is EXECUTED. Confirmed by local:client: it is there\n`,
    );
  });

  it('lists targets, holds one and lifts that', async () => {
    expect(await succeed("queue hold directory --as maintenance --reason 'new disks'")).toBe(
      'system:Directory is held: maintenance.\n',
    );
    expect(await succeed('queue targets')).toMatch(
      new RegExp(`^${targetId} +system:Directory +synchronous +maintenance +closed .* new disks$`, 'm'),
    );
    expect(await succeed(`queue lift ${targetId}`)).toBe('system:Directory is not held any more.\n');
    const mistyped = await provost('queue lift Directry');
    expect(mistyped).toMatchObject({ code: 1, err: expect.stringContaining('Did you mean Directory?') });
  });
});
