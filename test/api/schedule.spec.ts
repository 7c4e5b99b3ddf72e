import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Injectable, Module, type OnModuleInit } from '@nestjs/common';
import { assertEveryRouteIsGuarded } from '../../src/auth/index.js';
import { processSettings } from '../../src/platform/config/index.js';
import { Database } from '../../src/platform/database/index.js';
import { ScheduleModule, Schedules } from '../../src/schedule/index.js';
import { Deferred } from '../integration/schedule/schedule.fixture.js';
import type { TestApp, TestRequest, TestResponse } from '../support/http-app.js';
import { addLoggedIn, bootGuardedApp } from '../support/operators.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';

interface Run {
  readonly id: string;
  readonly startedAt: string;
}

/** Whatever a route of the schedules answers: one object, a page, or a problem. */
interface Answer extends Run {
  readonly name: string;
  readonly nextSlots: readonly string[];
  readonly items: readonly Answer[];
  readonly next: string | null;
  readonly type: string;
  readonly errors: readonly unknown[];
}

let answer: () => Promise<Record<string, number>>;

function answerOfRun(): Promise<Record<string, number>> {
  return answer();
}

@Injectable()
class CleanUp implements OnModuleInit {
  constructor(private readonly schedules: Schedules) {}

  onModuleInit(): void {
    const timing = { defaultCron: '0 30 2 * * *', defaultZone: 'Europe/Prague' };
    this.schedules.register({ name: 'CleanUp', about: 'Removes what is old.', ...timing, run: answerOfRun });
    this.schedules.register({ name: 'Another', about: 'Does something else.', ...timing, run: answerOfRun });
  }
}

@Module({ imports: [ScheduleModule], providers: [CleanUp] })
class CleanUpModule {}

describe('the schedules over HTTP', () => {
  const path = '/api/v1/schedules/CleanUp';
  let api: TestApp;
  let database: Database;
  let created: TestDatabase;
  let administrator: string;
  let auditor: string;

  beforeAll(async () => {
    created = await createTestDatabase();
    api = await bootGuardedApp({
      imports: [CleanUpModule],
      databaseUrl: created.url,
      settings: [processSettings],
      // Not a scheduler: a run by hand needs none.
      env: { PROVOST_ROLES: 'api' },
    });
    database = api.app.get(Database);
    administrator = (await addLoggedIn(api, 'anna', 'administrator')).accessToken;
    auditor = (await addLoggedIn(api, 'ota', 'auditor')).accessToken;
  }, 30_000);

  afterAll(async () => {
    await api.close();
    await created.drop();
  });

  beforeEach(async () => {
    answer = () => Promise.resolve({ removed: 4 });
    await database.query(
      `update schedule_entries set cron = '0 30 2 * * *', zone = 'Europe/Prague', is_paused = false, version = 1`,
    );
  });

  function call(method: string, place: string, request: TestRequest = {}): Promise<TestResponse<Answer>> {
    return api.request<Answer>(method, place, { token: administrator, ...request });
  }

  it('lists what is registered, by name, page by page', async () => {
    const first = await call('GET', '/api/v1/schedules?limit=1');
    expect(first.body.items.map(({ name }) => name)).toEqual(['Another']);
    const second = await call('GET', `/api/v1/schedules?limit=1&after=${first.body.next}`);
    expect(second.body).toMatchObject({
      items: [{ name: 'CleanUp', about: 'Removes what is old.' }],
      next: null,
    });
  });

  it('shows the next three times, which follow one another at half past two in Prague', async () => {
    const { status, headers, body } = await call('GET', path);
    expect(status).toBe(200);
    expect(headers.get('etag')).toBe('"1"');
    expect(body.nextSlots).toHaveLength(3);
    const inPrague = new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Prague', timeStyle: 'medium' });
    for (const slot of body.nextSlots) expect(inPrague.format(new Date(slot))).toBe('02:30:00');
  });

  it('changes the time, and refuses a change of what was changed since', async () => {
    const changed = await call('PATCH', path, {
      body: { cron: '0 0 4 * * sun', zone: 'UTC' },
      headers: { 'if-match': '"1"' },
    });
    expect(changed).toMatchObject({
      status: 200,
      body: { cron: '0 0 4 * * sun', zone: 'UTC', isPaused: false },
    });
    expect(changed.headers.get('etag')).toBe('"2"');
    const late = await call('PATCH', path, { body: { isPaused: true }, headers: { 'if-match': '"1"' } });
    expect(late).toMatchObject({ status: 412, body: { type: '/problems/http/precondition-failed' } });
    const [record] = await database.query(
      `select actor, action, object_type, object_id, before, after from audit_records order by id desc limit 1`,
    );
    expect(record).toEqual({
      actor: 'local:anna',
      action: 'schedule.updated',
      object_type: 'schedule',
      object_id: 'CleanUp',
      before: { cron: '0 30 2 * * *', zone: 'Europe/Prague', isPaused: false },
      after: { cron: '0 0 4 * * sun', zone: 'UTC', isPaused: false },
    });
  });

  it('names no next times while it is paused', async () => {
    const { body } = await call('PATCH', path, { body: { isPaused: true } });
    expect(body).toMatchObject({ isPaused: true, nextSlots: [] });
  });

  it('keeps version and audit as they are when nothing changes', async () => {
    const count = 'select count(*)::int as count from audit_records';
    const [before] = await database.query(count);
    const { status, headers } = await call('PATCH', path, { body: { zone: 'Europe/Prague' } });
    expect({ status, etag: headers.get('etag') }).toEqual({ status: 200, etag: '"1"' });
    expect(await database.query(count)).toEqual([before]);
  });

  it('says of each field why it would not fire and what is expected', async () => {
    const { status, body } = await call('PATCH', path, { body: { cron: '30 2 * * *', zone: 'Europe/Prag' } });
    expect(status).toBe(422);
    expect(body.type).toBe('/problems/schedule/invalid-timing');
    expect(body.errors).toEqual([
      { pointer: '/cron', detail: expect.stringContaining('Expected are six fields') },
      { pointer: '/zone', detail: expect.stringContaining('Did you mean Europe/Prague?') },
    ]);
    expect((await call('GET', path)).headers.get('etag')).toBe('"1"');
  });

  it.each([
    ['an unknown field', { cronn: '0 * * * * *' }],
    ['a cron expression that is no text', { cron: 5 }],
    ['NUL', { zone: 'UTC\u0000' }],
    ['a very long expression', { cron: '1,'.repeat(500) }],
    ['null', { isPaused: null }],
  ])('refuses %s in a change', async (_, body) => {
    expect((await call('PATCH', path, { body })).status).toBe(400);
  });

  it('runs now and answers how it ended; the run stays to be read', async () => {
    const { status, headers, body } = await call('POST', `${path}/runs`);
    expect(status).toBe(201);
    expect(body).toMatchObject({
      trigger: 'manual',
      actor: 'local:anna',
      slot: null,
      outcome: 'succeeded',
      counts: { removed: 4 },
      error: null,
    });
    expect(headers.get('location')).toBe(`${path}/runs/${body.id}`);
    expect((await call('GET', `${path}/runs/${body.id}`)).body).toEqual(body);
    expect((await call('GET', path)).body).toMatchObject({
      lastOutcome: 'succeeded',
      lastCounts: { removed: 4 },
    });
  });

  it('answers a run that failed with its error', async () => {
    answer = () => Promise.reject(new Error('The archive is full.'));
    expect(await call('POST', `${path}/runs`)).toMatchObject({
      status: 201,
      body: { outcome: 'failed', error: 'The archive is full.', counts: null },
    });
  });

  it('refuses a second run while one goes on', async () => {
    const held = new Deferred<Record<string, number>>();
    const begun = new Deferred<void>();
    answer = () => {
      begun.resolve();
      return held.promise;
    };
    const first = call('POST', `${path}/runs`);
    await begun.promise;
    expect(await call('POST', `${path}/runs`)).toMatchObject({
      status: 409,
      body: { type: '/problems/schedule/already-running' },
    });
    expect((await call('GET', `${path}/runs?limit=1`)).body.items).toMatchObject([
      { outcome: null, finishedAt: null },
    ]);
    held.resolve({});
    expect((await first).status).toBe(201);
  });

  it('lists runs newest first, page by page, and none twice', async () => {
    for (let count = 0; count < 5; count += 1) await call('POST', '/api/v1/schedules/Another/runs');
    const found: Run[] = [];
    let next: string | null = '';
    while (next !== null) {
      const { body }: TestResponse<Answer> = await call(
        'GET',
        `/api/v1/schedules/Another/runs?limit=2${next === '' ? '' : `&after=${next}`}`,
      );
      found.push(...body.items);
      next = body.next;
    }
    expect(new Set(found.map(({ id }) => id)).size).toBe(5);
    const starts = found.map(({ startedAt }) => startedAt);
    expect(starts).toEqual(starts.toSorted().toReversed());
  });

  it.each([
    ['GET', '/api/v1/schedules/Nothing'],
    ['PATCH', '/api/v1/schedules/%00'],
    ['POST', '/api/v1/schedules/constructor/runs'],
    ['GET', `/api/v1/schedules/${encodeURIComponent("x' or 1=1")}/runs`],
    ['GET', `${path}/runs/00000000-0000-4000-8000-000000000000`],
  ])('answers 404 to %s %s', async (method, place) => {
    const { status, body } = await call(method, place, method === 'PATCH' ? { body: {} } : {});
    expect({ status, type: body.type }).toEqual({
      status: 404,
      type: expect.stringMatching(/^\/problems\/schedule\//),
    });
  });

  it.each([
    '/api/v1/schedules?after=x',
    `${path}/runs?after=WzEsMl0`,
    `${path}/runs?limit=0`,
    `${path}/runs/7`,
  ])('answers 400 to %s', async (place) => {
    expect((await call('GET', place)).status).toBe(400);
  });

  it('lets an auditor look and nobody without a role do more', async () => {
    const look = { token: auditor };
    expect((await call('GET', path, look)).status).toBe(200);
    expect((await call('GET', `${path}/runs`, look)).status).toBe(200);
    expect((await call('PATCH', path, { ...look, body: { isPaused: true } })).status).toBe(403);
    expect((await call('POST', `${path}/runs`, look)).status).toBe(403);
    expect((await api.request('GET', path)).status).toBe(401);
  });

  it('guards every route', () => {
    expect(() => assertEveryRouteIsGuarded(api.app)).not.toThrow();
  });
});
