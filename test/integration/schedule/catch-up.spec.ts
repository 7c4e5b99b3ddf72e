import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { migrations } from '../../../migrations/index.js';
import { migrate } from '../../../src/platform/database/index.js';
import { createEmptyDatabase } from '../../support/postgres.js';
import {
  aHeldSchedule,
  aSchedule,
  createScheduleDatabase,
  keepLeases,
  minute,
  NAME,
  type Node,
  type ScheduleDatabase,
  startNode,
  storedRuns,
  TestDatabase,
  until,
} from './schedule.fixture.js';

const anna = { name: 'local:anna', requestId: null };
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
  await database.setTime(past(0));
});

afterEach(async () => {
  await Promise.all(nodes.map((node) => node.close()));
});

async function aNode(definition = aSchedule()): ReturnType<typeof startNode> {
  const started = await startNode(database.url, [definition]);
  nodes.push(started);
  return started;
}

/** Half a second past the start of minute `count`. */
function past(count: number): Date {
  return new Date(minute(count).getTime() + 500);
}

async function beatAt(time: Date, ...beating: Node[]): Promise<void> {
  await database.setTime(time);
  await Promise.all(beating.map(({ beat }) => beat.beat()));
  const [one] = beating;
  if (one) await until(async () => (await storedRuns(one)).every(({ outcome }) => outcome !== null));
}

/** What ran, as `3` for the slot of minute 3 at its time and `3 late` for one that made up for it. */
async function ran(one: Node): Promise<string[]> {
  return (await storedRuns(one)).map(({ slot, trigger }) => {
    const count = ((slot?.getTime() ?? Number.NaN) - minute(0).getTime()) / 60_000;
    return trigger === 'catch-up' ? `${count} late` : `${count}`;
  });
}

async function skipped(one: Node): Promise<number> {
  return (await one.entries.show(NAME)).schedule.skippedSlots;
}

describe('times that nobody saw come', () => {
  it('are made up for by one run, of the newest', async () => {
    await (await aNode()).close();
    const one = await aNode();
    await beatAt(past(5), one);
    await beatAt(past(5), one);
    await beatAt(past(6), one);
    expect(await ran(one)).toEqual(['5 late', '6']);
    expect(await skipped(one)).toBe(4);
    expect(logged).toEqual(['the schedule missed times; 4 of them have no run of their own Schedules']);
  });

  it('do not fire with skip, but are counted; the one whose time it is does', async () => {
    const one = await aNode(aSchedule({ defaultCatchUp: 'skip' }));
    await beatAt(past(5), one);
    expect(await ran(one)).toEqual(['5']);
    await beatAt(new Date('2027-01-01T00:07:00Z'), one);
    expect(await skipped(one)).toBe(5);
    await one.entries.change(NAME, { cron: '0 30 2 * * *' }, undefined, anna);
    await beatAt(new Date('2027-01-01T02:31:01Z'), one);
    await beatAt(new Date('2027-01-01T02:31:02Z'), one);
    expect(await ran(one)).toEqual(['5', '7']);
    expect(await skipped(one)).toBe(6);
    expect(logged.at(-1)).toBe('the schedule missed times; 1 of them do not fire Schedules');
  });

  it('all run with all, one after the other, and those that come meanwhile wait in line', async () => {
    const held = aHeldSchedule();
    const one = await aNode({ ...held.definition, defaultCatchUp: 'all' });
    await database.setTime(past(3));
    await one.beat.beat();
    await one.beat.beat();
    await database.setTime(past(5));
    await keepLeases(one);
    await one.beat.beat();
    expect(await ran(one)).toEqual(['1 late']);
    held.release();
    for (let beats = 0; beats < 6; beats += 1) await beatAt(past(5), one);
    expect(await ran(one)).toEqual(['1 late', '2 late', '3 late', '4 late', '5']);
    expect(await skipped(one)).toBe(0);
  });

  it('are a thousand at most with all, and the rest is counted', async () => {
    const one = await aNode(aSchedule({ defaultCatchUp: 'all' }));
    await beatAt(past(1_500), one);
    await beatAt(past(1_500), one);
    expect(await ran(one)).toEqual(['501 late', '502 late']);
    expect(await skipped(one)).toBe(500);
  });

  it.each(['skip', 'once', 'all'] as const)(
    'have one run each at most when three nodes start at once (%s)',
    async (catchUp) => {
      const definition = aSchedule({ defaultCatchUp: catchUp });
      await (await aNode(definition)).close();
      const three = await Promise.all([aNode(definition), aNode(definition), aNode(definition)]);
      for (let beats = 0; beats < 6; beats += 1) await beatAt(past(4), ...three);
      const [one] = three;
      const runs = await ran(one);
      expect(runs).toEqual(
        { skip: ['4'], once: ['4 late'], all: ['1 late', '2 late', '3 late', '4'] }[catchUp],
      );
      expect(await skipped(one)).toBe(4 - runs.length);
    },
  );

  it('are known to the node that takes over in the middle', async () => {
    const definition = aSchedule({ defaultCatchUp: 'all' });
    const first = await aNode(definition);
    await beatAt(past(4), first);
    await beatAt(past(4), first);
    await first.close();
    const second = await aNode(definition);
    for (let beats = 0; beats < 3; beats += 1) await beatAt(past(4), second);
    expect(await ran(second)).toEqual(['1 late', '2 late', '3 late', '4']);
  });

  it('are made up for when the database was away meanwhile', async () => {
    const one = await aNode();
    for (let count = 1; count <= 3; count += 1) {
      one.database.failOnce('schedule/read-timings');
      await database.setTime(past(count));
      await expect(one.beat.beat()).rejects.toThrow('Connection terminated');
    }
    await beatAt(past(4), one);
    expect(await ran(one)).toEqual(['4 late']);
  });

  it('wait for the end of a run that began before them', async () => {
    const held = aHeldSchedule();
    const one = await aNode(held.definition);
    await database.setTime(past(1));
    await one.beat.beat();
    await database.setTime(past(4));
    await keepLeases(one);
    await one.beat.beat();
    expect(await ran(one)).toEqual(['1']);
    held.release();
    await until(async () => (await storedRuns(one)).every(({ outcome }) => outcome !== null));
    await beatAt(past(4), one);
    expect(await ran(one)).toEqual(['1', '4 late']);
  });

  it('are not those of a pause, whoever was there', async () => {
    const one = await aNode(aSchedule({ defaultCatchUp: 'all' }));
    await one.entries.change(NAME, { isPaused: true }, undefined, anna);
    await database.setTime(past(3));
    await one.entries.change(NAME, { isPaused: false }, undefined, anna);
    await beatAt(past(4), one);
    await beatAt(past(4), one);
    expect(await ran(one)).toEqual(['4']);
    expect(await skipped(one)).toBe(0);
  });

  it('are counted by an expression from its change on', async () => {
    const one = await aNode(aSchedule({ defaultCatchUp: 'all', defaultCron: '0 0 5 * * *' }));
    await database.setTime(past(3));
    await one.entries.change(NAME, { cron: '0 * * * * *' }, undefined, anna);
    for (let beats = 0; beats < 4; beats += 1) await beatAt(past(6), one);
    expect(await ran(one)).toEqual(['4 late', '5 late', '6']);
  });

  it('are counted by a new default from the start that brought it', async () => {
    await (await aNode(aSchedule({ defaultCron: '0 0 5 * * *' }))).close();
    await database.setTime(past(3));
    const one = await aNode(aSchedule({ defaultCatchUp: 'all' }));
    await beatAt(past(4), one);
    await beatAt(past(4), one);
    expect(await ran(one)).toEqual(['4']);
  });

  it('follow a policy that was changed while they waited', async () => {
    const one = await aNode(aSchedule({ defaultCatchUp: 'all' }));
    await beatAt(past(5), one);
    await one.entries.change(NAME, { catchUp: 'skip' }, undefined, anna);
    await beatAt(past(7), one);
    expect(await ran(one)).toEqual(['1 late', '7']);
    expect(await skipped(one)).toBe(5);
  });

  it('are no reason to run a slot twice when the clock of the database jumps and is put back', async () => {
    const one = await aNode();
    await beatAt(past(1), one);
    await beatAt(past(180), one);
    await beatAt(past(2), one);
    expect(logged.at(-1)).toMatch(/clock was put back/);
    await beatAt(past(3), one);
    await database.setTime(past(179));
    await beatAt(past(179), one);
    await beatAt(past(180), one);
    await beatAt(past(181), one);
    expect(await ran(one)).toEqual(['1', '3', '179 late', '180 late', '181']);
  });
});

describe('the migration', () => {
  it('keeps what an earlier version stored and begins to count at its own time', async () => {
    const { url, drop } = await createEmptyDatabase();
    const old = new TestDatabase(url);
    try {
      const mine = migrations.findIndex(({ name }) => name.startsWith('AddCatchUp'));
      const log = (): void => undefined;
      await migrate({ url, migrations: migrations.slice(0, mine), log });
      await old.connect();
      await old.query(
        `insert into schedule_entries (name, cron, zone, last_slot) values ('Old', '0 * * * * *', 'UTC', '2026-01-01')`,
      );
      const insertRun = (trigger: string, slot: string | null): Promise<unknown> =>
        old.query(
          `insert into schedule_runs (id, name, slot, trigger, actor, node)
           values (gen_random_uuid(), 'Old', $2::timestamptz, $1, 'system', 'n')`,
          [trigger, slot],
        );
      await insertRun('slot', '2026-01-01T00:00Z');
      await insertRun('manual', null);
      await migrate({ url, migrations, log });
      expect(
        await old.query(
          `select catch_up, considered_until > now() - interval '1 hour' as is_recent from schedule_entries`,
        ),
      ).toEqual([{ catch_up: 'once', is_recent: true }]);
      await insertRun('catch-up', '2026-01-01T00:01Z');
      await expect(insertRun('catch-up', '2026-01-01T00:01Z')).rejects.toThrow('schedule_runs_name_slot_key');
      for (const [trigger, slot] of [
        ['catch-up', null],
        ['manual', '2026-01-01T00:02Z'],
        ['other', '2026-01-01T00:02Z'],
      ] as const) {
        await expect(insertRun(trigger, slot)).rejects.toThrow('schedule_runs_trigger_check');
      }
    } finally {
      await old.close();
      await drop();
    }
  });
});
