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
  readonly slots: readonly { slot: string; localTime: string; offset: string }[];
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
      `update schedule_entries set cron = '0 30 2 * * *', zone = 'Europe/Prague', is_paused = false, catch_up = 'once', version = 1`,
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
      before: { cron: '0 30 2 * * *', zone: 'Europe/Prague', isPaused: false, catchUp: 'once' },
      after: { cron: '0 0 4 * * sun', zone: 'UTC', isPaused: false, catchUp: 'once' },
    });
  });

  it('changes what becomes of missed times', async () => {
    const changed = await call('PATCH', path, { body: { catchUp: 'all' } });
    expect(changed).toMatchObject({ status: 200, body: { catchUp: 'all', cron: '0 30 2 * * *' } });
    expect(changed.headers.get('etag')).toBe('"2"');
  });

  it('lists as many times to come as are asked for, paused or not', async () => {
    await call('PATCH', path, { body: { isPaused: true } });
    expect((await call('GET', `${path}/slots`)).body.slots).toHaveLength(10);
    const { status, body } = await call('GET', `${path}/slots?count=2&from=2027-03-26T23:00:00-04:00`);
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        cron: '0 30 2 * * *',
        zone: 'Europe/Prague',
        slots: [
          // 02:30 is missing on the 28th: it fires when the clock has jumped over it.
          { slot: '2027-03-28T01:00:00.000Z', localTime: '2027-03-28T03:00:00', offset: '+02:00' },
          { slot: '2027-03-29T00:30:00.000Z', localTime: '2027-03-29T02:30:00', offset: '+02:00' },
        ],
      },
    });
  });

  const preview = (body: object): Promise<TestResponse<Answer>> =>
    call('POST', '/api/v1/schedules/preview', { body, token: auditor });

  it.each([
    [
      'a time that is missing in Prague fires once, when the clock has jumped',
      '0 30 2 * * *',
      'Europe/Prague',
      '2027-03-27T12:00:00Z',
      ['2027-03-28T03:00:00 +02:00', '2027-03-29T02:30:00 +02:00'],
    ],
    [
      'a time that comes twice in Prague fires once, at the first',
      '0 30 2 * * *',
      'Europe/Prague',
      '2027-10-30T12:00:00Z',
      ['2027-10-31T02:30:00 +02:00', '2027-11-01T02:30:00 +01:00'],
    ],
    [
      'every hour means the repeated one too',
      '0 30 * * * *',
      'Europe/Prague',
      '2027-10-31T00:00:00Z',
      ['2027-10-31T02:30:00 +02:00', '2027-10-31T02:30:00 +01:00', '2027-10-31T03:30:00 +01:00'],
    ],
    [
      'half an hour is missing on Lord Howe Island',
      '0 15 2 * * *',
      'Australia/Lord_Howe',
      '2027-10-02T00:00:00Z',
      ['2027-10-03T02:30:00 +11:00', '2027-10-04T02:15:00 +11:00'],
    ],
    [
      'half an hour comes twice on Lord Howe Island',
      '0 45 1 * * *',
      'Australia/Lord_Howe',
      '2027-04-03T00:00:00Z',
      ['2027-04-04T01:45:00 +11:00', '2027-04-05T01:45:00 +10:30'],
    ],
    [
      'either kind of day is enough when both are limited',
      '0 0 3 13 * fri',
      'America/St_Johns',
      '2027-01-07T12:00:00Z',
      ['2027-01-08T03:00:00 -03:30', '2027-01-13T03:00:00 -03:30', '2027-01-15T03:00:00 -03:30'],
    ],
  ])('shows before it is saved that %s', async (_, cron, zone, from, shown) => {
    const { status, body } = await preview({ cron, zone, from, count: shown.length });
    expect(status).toBe(200);
    expect(body.slots.map(({ localTime, offset }) => `${localTime} ${offset}`)).toEqual(shown);
  });

  it('changes nothing with a preview, and says of each field why it would not fire', async () => {
    await preview({ cron: '0 0 4 * * *', zone: 'UTC' });
    expect((await call('GET', path)).headers.get('etag')).toBe('"1"');
    expect(await preview({ cron: '0 0 0 31 2 *', zone: 'Europe/Prag' })).toMatchObject({
      status: 422,
      body: {
        type: '/problems/schedule/invalid-timing',
        errors: [{ pointer: '/cron' }, { pointer: '/zone' }],
      },
    });
  });

  it.each([
    ['no count', { count: 0 }],
    ['too many', { count: 101 }],
    ['a moment that is none', { from: 'tomorrow' }],
    ['a year of other calendars', { from: '9999-12-31T00:00:00Z' }],
    ['an unknown field', { cronn: '' }],
  ])('refuses %s in a preview', async (_, extra) => {
    const { status } = await preview({ cron: '0 0 4 * * *', zone: 'UTC', ...extra });
    expect(status).toBe(400);
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
    ['an unknown policy', { catchUp: 'twice' }],
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

  it.each(['respond-async', 'wait=0'])('does not wait for the run when asked not to (%s)', async (prefer) => {
    const held = new Deferred<Record<string, number>>();
    answer = () => held.promise;
    const accepted = await call('POST', `${path}/runs`, { headers: { prefer } });
    expect(accepted).toMatchObject({ status: 202, body: { outcome: null, finishedAt: null } });
    expect(accepted.headers.get('preference-applied')).toBe(prefer);
    held.resolve({ removed: 1 });
    const place = accepted.headers.get('location') ?? '';
    let run = await call('GET', place);
    while (!('outcome' in run.body) || run.body.outcome === null) run = await call('GET', place);
    expect(run.body).toMatchObject({ id: accepted.body.id, outcome: 'succeeded', counts: { removed: 1 } });
  });

  it('waits as long as the caller prefers, and answers 201 when the run ended meanwhile', async () => {
    const { status, headers, body } = await call('POST', `${path}/runs`, { headers: { prefer: 'wait=20' } });
    expect([status, headers.get('preference-applied')]).toEqual([201, 'wait=20']);
    expect(body).toMatchObject({ outcome: 'succeeded' });
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
    ['GET', '/api/v1/schedules/Nothing/slots'],
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
    `${path}/slots?count=0`,
    `${path}/slots?from=soon`,
  ])('answers 400 to %s', async (place) => {
    expect((await call('GET', place)).status).toBe(400);
  });

  it('lets an auditor look and nobody without a role do more', async () => {
    const look = { token: auditor };
    expect((await call('GET', path, look)).status).toBe(200);
    expect((await call('GET', `${path}/runs`, look)).status).toBe(200);
    expect((await call('GET', `${path}/slots`, look)).status).toBe(200);
    expect((await call('PATCH', path, { ...look, body: { isPaused: true } })).status).toBe(403);
    expect((await call('POST', `${path}/runs`, look)).status).toBe(403);
    expect((await api.request('GET', path)).status).toBe(401);
  });

  it('guards every route', () => {
    expect(() => assertEveryRouteIsGuarded(api.app)).not.toThrow();
  });
});
