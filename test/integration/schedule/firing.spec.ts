import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import {
  aHeldSchedule,
  aSchedule,
  claimOf,
  createScheduleDatabase,
  fireSlot,
  letLeasesLapse,
  minute,
  NAME,
  type Node,
  runOf,
  type ScheduleDatabase,
  startNode,
  storedRuns,
} from './schedule.fixture.js';

let database: ScheduleDatabase;
let nodes: Node[];
let logged: string[];

beforeAll(async () => {
  database = await createScheduleDatabase();
});

afterAll(() => database.drop());

beforeEach(async () => {
  logged = [];
  const note = (...parts: unknown[]): number =>
    logged.push(parts.filter((part) => typeof part === 'string').join(' '));
  Logger.overrideLogger({ log: () => {}, warn: note, error: note, debug: () => {} });
  nodes = [];
  await database.clear();
  await database.setTime(minute(0));
});

afterEach(async () => {
  await Promise.all(nodes.map((node) => node.close()));
});

async function aNode(...rest: Parameters<typeof startNode> extends [string, ...infer Rest] ? Rest : never) {
  const started = await startNode(database.url, ...rest);
  nodes.push(started);
  return started;
}

function untilAborted({ signal }: { signal: AbortSignal }): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('aborted')));
  });
}

describe('a firing', () => {
  it('runs once for each slot over five nodes that all name it', async () => {
    const ran: (Date | null)[] = [];
    const definition = aSchedule({
      run: ({ slot }) => {
        ran.push(slot);
        return Promise.resolve({});
      },
    });
    const five = [];
    for (let count = 0; count < 5; count += 1) five.push(await aNode([definition]));
    const slots = Array.from({ length: 60 }, (_, count) => minute(count + 1));
    for (const slot of slots) {
      const claim = await claimOf(five[0] as Node, slot);
      const firings = await Promise.all(five.map(({ schedules }) => schedules.fire(NAME, claim)));
      expect(firings.map(({ kind }) => kind).sort()).toEqual([
        'refused',
        'refused',
        'refused',
        'refused',
        'started',
      ]);
      await Promise.all(firings.flatMap((firing) => (firing.kind === 'started' ? [firing.run.ended] : [])));
    }
    expect(ran).toEqual(slots);
    expect((await storedRuns(five[0] as Node)).map(({ slot }) => slot)).toEqual(slots);
  });

  it('never runs a slot again, whatever the order in which nodes name slots', async () => {
    const [left, right] = [await aNode([aSchedule()]), await aNode([aSchedule()])];
    const orders = [
      [3, 1, 4, 1, 5, 9, 2, 6],
      [5, 3, 5, 8, 9, 7, 9, 3],
    ];
    await Promise.all(
      [left, right].map(async (node, index) => {
        for (const count of orders[index] ?? []) {
          let firing = await fireSlot(node, minute(count));
          // The other moved on meanwhile: decide again from there.
          while (firing.kind === 'refused') firing = await fireSlot(node, minute(count));
          if (firing.kind === 'started') await firing.run.ended;
        }
      }),
    );
    const slots = (await storedRuns(left)).map(({ slot }) => slot?.getTime());
    expect(new Set(slots).size).toBe(slots.length);
    expect((await left.entries.show(NAME)).schedule.lastSlot).toBe(minute(9).toISOString());
  });

  it('is skipped, and counted once, while a run goes on anywhere', async () => {
    const held = aHeldSchedule();
    const [left, right] = [await aNode([held.definition]), await aNode([held.definition])];
    const run = runOf(await fireSlot(left, minute(1)));
    const claim = await claimOf(left, minute(2));
    const firings = await Promise.all([left, right].map(({ schedules }) => schedules.fire(NAME, claim)));
    expect(firings.map(({ kind }) => kind).sort()).toEqual(['refused', 'skipped']);
    held.release();
    await run.ended;
    runOf(await fireSlot(right, minute(3)));
    expect((await right.entries.show(NAME)).schedule).toMatchObject({
      skippedSlots: 1,
      lastSlot: minute(3).toISOString(),
    });
    expect((await storedRuns(left)).map(({ slot }) => slot)).toEqual([minute(1), minute(3)]);
  });

  it('waits for the end of the run before instead, when it may', async () => {
    const held = aHeldSchedule();
    const one = await aNode([held.definition]);
    const run = runOf(await fireSlot(one, minute(1)));
    expect(await fireSlot(one, minute(2), { waits: true })).toEqual({ kind: 'refused' });
    held.release();
    await run.ended;
    await runOf(await fireSlot(one, minute(2), { waits: true })).ended;
    expect((await one.entries.show(NAME)).schedule).toMatchObject({
      skippedSlots: 0,
      lastSlot: minute(2).toISOString(),
    });
  });

  it('does nothing for a name that nobody registered', async () => {
    const { schedules } = await aNode([aSchedule()]);
    const claim = {
      slot: minute(1),
      from: minute(0),
      to: minute(1),
      leftOut: 0,
      isCatchUp: false,
      waits: false,
    };
    expect(await schedules.fire('Other', claim)).toEqual({ kind: 'refused' });
  });

  it('records and logs a failing run once, and the next slot runs', async () => {
    let shouldFail = true;
    const run = (): Promise<Record<string, number>> =>
      shouldFail
        ? Promise.reject(new Error('the disk\u0000is full \ud800'))
        : Promise.resolve({ removed: 2 });
    const one = await aNode([aSchedule({ run })]);
    await runOf(await fireSlot(one, minute(1))).ended;
    expect((await one.entries.show(NAME)).schedule).toMatchObject({
      lastOutcome: 'failed',
      lastError: 'the disk\ufffdis full \ufffd',
      currentRunId: null,
    });
    expect(logged).toEqual(['run failed Schedules']);
    shouldFail = false;
    await runOf(await fireSlot(one, minute(2))).ended;
    expect((await one.entries.show(NAME)).schedule).toMatchObject({
      lastOutcome: 'succeeded',
      lastCounts: { removed: 2 },
      lastError: null,
    });
    expect((await storedRuns(one)).map(({ outcome }) => outcome)).toEqual(['failed', 'succeeded']);
  });

  it('records a run that throws before it returns a promise', async () => {
    const one = await aNode([
      aSchedule({
        run: () => {
          throw new Error('at once');
        },
      }),
    ]);
    await runOf(await fireSlot(one, minute(1))).ended;
    expect(await storedRuns(one)).toMatchObject([{ outcome: 'failed', error: 'at once' }]);
  });

  it('keeps the newest hundred runs of each schedule', async () => {
    const one = await aNode([aSchedule(), aSchedule({ name: 'Other' })]);
    await runOf(await one.schedules.fire('Other', await claimOf(one, minute(0), {}, 'Other'))).ended;
    await one.database.query(
      `insert into schedule_runs (id, name, slot, trigger, actor, node, started_at, finished_at, outcome)
       select gen_random_uuid(), $1, at, 'slot', 'system', 'test', at, at, 'succeeded'
       from generate_series(timestamptz '2020-01-01', '2020-01-01 02:29', '1 minute') as at`,
      [NAME],
    );
    await runOf(await fireSlot(one, minute(1))).ended;
    const slots = (await storedRuns(one)).map(({ slot }) => slot?.toISOString());
    expect(slots).toHaveLength(101);
    expect(slots.at(0)).toBe('2020-01-01T00:51:00.000Z');
    expect(slots.slice(-2)).toEqual([minute(0).toISOString(), minute(1).toISOString()]);
  });
});

describe('a run whose node died', () => {
  it('frees its schedule when the lease has lapsed, and cannot come back', async () => {
    const held = aHeldSchedule();
    const dead = await aNode([held.definition]);
    const living = await aNode([aSchedule()]);
    const run = runOf(await fireSlot(dead, minute(1)));

    await living.beat.beat();
    expect(await fireSlot(living, minute(2))).toEqual({ kind: 'skipped' });
    await letLeasesLapse(living);
    await database.setTime(minute(2));
    await living.beat.beat();
    await runOf(await fireSlot(living, minute(3))).ended;
    held.release();
    await run.ended;

    expect(await storedRuns(living)).toMatchObject([
      { slot: minute(1), outcome: 'failed', error: expect.stringMatching(/^\S+:\d+ did not report the end/) },
      { slot: minute(3), outcome: 'succeeded', counts: { removed: 1 } },
    ]);
    expect((await living.entries.show(NAME)).schedule).toMatchObject({ lastCounts: { removed: 1 } });
    expect(logged).toContain('run ended after its lease had lapsed Schedules');
  });

  it('does not keep a person from running the schedule on a node that does not beat', async () => {
    const held = aHeldSchedule();
    const dead = await aNode([held.definition]);
    const living = await aNode([aSchedule()]);
    await fireSlot(dead, minute(1));
    await letLeasesLapse(living);
    await living.schedules.runNow(NAME, { name: 'local:anna', requestId: null });
    expect((await storedRuns(living)).map(({ outcome }) => outcome)).toEqual(['failed', 'succeeded']);
    held.release();
  });
});

describe('a run in progress', () => {
  it('keeps its lease', async () => {
    const held = aHeldSchedule();
    const one = await aNode([held.definition]);
    const run = runOf(await fireSlot(one, minute(1)));
    await letLeasesLapse(one);
    await run.renew();
    await one.schedules.freeLapsed();
    expect((await one.entries.show(NAME)).schedule.currentRunId).toBe(run.id);
    held.release();
  });

  it('is aborted when the lease is gone', async () => {
    const held = aHeldSchedule();
    const one = await aNode([held.definition]);
    const run = runOf(await fireSlot(one, minute(1)));
    await letLeasesLapse(one);
    await one.schedules.freeLapsed();
    await run.renew();
    expect(held.contexts[0]?.signal.reason).toEqual(
      new Error('The lease was lost: this process was held up for too long.'),
    );
    held.release();
  });

  it('is aborted while the lease still stands when the database is away', async () => {
    const held = aHeldSchedule();
    const one = await aNode([held.definition]);
    const run = runOf(await fireSlot(one, minute(1)));
    one.database.failOnce('schedule/renew-lease');
    one.clock.advance(19_000);
    await run.renew();
    expect(held.contexts[0]?.signal.aborted).toBe(false);
    one.database.failOnce('schedule/renew-lease');
    one.clock.advance(2_000);
    await run.renew();
    expect(held.contexts[0]?.signal.aborted).toBe(true);
    held.release();
  });

  it('is aborted when it takes too long, and then no longer keeps its lease', async () => {
    const held = aHeldSchedule();
    const one = await aNode([{ ...held.definition, longestRunSeconds: 60 }]);
    const run = runOf(await fireSlot(one, minute(1)));
    one.clock.advance(61_000);
    await letLeasesLapse(one);
    await run.renew();
    expect(held.contexts[0]?.signal.reason).toEqual(new Error('It took longer than 60 seconds.'));
    await one.schedules.freeLapsed();
    expect((await one.entries.show(NAME)).schedule.currentRunId).toBeNull();
    held.release();
  });

  it('is aborted, awaited and recorded when the service stops; then nothing fires', async () => {
    const one = await aNode([aSchedule({ run: untilAborted })]);
    await fireSlot(one, minute(1));
    await one.beat.beforeApplicationShutdown();
    expect(await storedRuns(one)).toMatchObject([{ outcome: 'failed', error: 'The service is stopping.' }]);
    expect(await fireSlot(one, minute(2))).toEqual({ kind: 'refused' });
    expect(logged).toEqual(['run stopped Schedules']);
  });
});

describe('a run by hand', () => {
  let anna: { name: string; requestId: string };

  beforeEach(() => {
    // Audit records stay: those of a test are known by its request.
    anna = { name: 'local:anna', requestId: randomUUID() };
  });

  const audited = (one: Node): Promise<unknown[]> =>
    one.database.query('select action, after from audit_records where request_id = $1 order by id', [
      anna.requestId,
    ]);

  it('runs a paused schedule, tells it who asked, and leaves its slots alone', async () => {
    const contexts: unknown[] = [];
    const one = await aNode([
      aSchedule({
        run: ({ slot, actor }) => {
          contexts.push({ slot, actor });
          return Promise.resolve({ removed: 3 });
        },
      }),
    ]);
    await one.entries.change(NAME, { isPaused: true }, undefined, anna);
    const id = await one.schedules.runNow(NAME, anna);
    expect(contexts).toEqual([{ slot: null, actor: anna }]);
    expect(await one.entries.showRun(NAME, id)).toMatchObject({
      trigger: 'manual',
      actor: 'local:anna',
      slot: null,
      outcome: 'succeeded',
      counts: { removed: 3 },
    });
    expect((await one.entries.show(NAME)).schedule.lastSlot).toBeNull();
    expect(await audited(one)).toEqual([
      {
        action: 'schedule.updated',
        after: { cron: '0 * * * * *', zone: 'UTC', isPaused: true, catchUp: 'once' },
      },
      { action: 'schedule.started', after: { runId: id } },
    ]);
  });

  it('is refused while a run goes on, and leaves no trace', async () => {
    const held = aHeldSchedule();
    const one = await aNode([held.definition]);
    const run = runOf(await fireSlot(one, minute(1)));
    await expect(one.schedules.runNow(NAME, anna)).rejects.toMatchObject({ status: 409 });
    held.release();
    await run.ended;
    expect(await storedRuns(one)).toHaveLength(1);
    expect(await audited(one)).toEqual([]);
  });
});
