import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import {
  aSchedule,
  createScheduleDatabase,
  Deferred,
  FakeClock,
  fireSlot,
  minute,
  NAME,
  type Node,
  type ScheduleDatabase,
  startNode,
  storedRuns,
  until,
} from './schedule.fixture.js';

const anna = { name: 'local:anna', requestId: null };
let database: ScheduleDatabase;
let nodes: Node[];

beforeAll(async () => {
  database = await createScheduleDatabase();
});

afterAll(() => database.drop());

beforeEach(async () => {
  Logger.overrideLogger(false);
  nodes = [];
  await database.clear();
});

afterEach(async () => {
  await Promise.all(nodes.map((node) => node.close()));
});

async function aNode(...rest: Parameters<typeof startNode> extends [string, ...infer Rest] ? Rest : never) {
  const started = await startNode(database.url, ...rest);
  nodes.push(started);
  return started;
}

function timings(one: Node): Promise<unknown> {
  return one.database.query('select cron, zone from schedule_entries');
}

/** Half a second past the start of minute `count`. */
function past(count: number): Date {
  return new Date(minute(count).getTime() + 500);
}

/** All nodes beat together, at a time that the database tells them. */
async function beatAt(time: Date, ...beating: Node[]): Promise<void> {
  await database.setTime(time);
  await Promise.all(beating.map(({ beat }) => beat.beat()));
}

async function slotsThatRan(one: Node): Promise<(Date | null)[]> {
  await until(async () => (await storedRuns(one)).every(({ outcome }) => outcome !== null));
  return (await storedRuns(one)).map(({ slot }) => slot);
}

describe('the beat', () => {
  beforeEach(() => database.setTime(past(0)));

  it('fires each slot once when two nodes beat together', async () => {
    const [left, right] = [await aNode([aSchedule()]), await aNode([aSchedule()])];
    for (let count = 0; count <= 5; count += 1) {
      await beatAt(past(count), left, right);
      await slotsThatRan(left);
    }
    expect(await slotsThatRan(left)).toEqual([1, 2, 3, 4, 5].map(minute));
  });

  it('fires nothing for the time before a schedule was first registered', async () => {
    await database.setTime(past(7));
    const one = await aNode([aSchedule()]);
    await beatAt(past(7), one);
    expect(await storedRuns(one)).toEqual([]);
  });

  it('does not lose a slot when the database was away at its time', async () => {
    const one = await aNode([aSchedule()]);
    one.database.failOnce('schedule/claim-slot');
    await expect(beatAt(past(1), one)).rejects.toThrow('Connection terminated');
    await beatAt(past(1), one);
    expect(await slotsThatRan(one)).toEqual([minute(1)]);
  });

  it('follows what was changed on another node', async () => {
    const [left, right] = [await aNode([aSchedule()]), await aNode([aSchedule()])];
    await left.entries.change(NAME, { cron: '0 30 2 * * *', zone: 'Asia/Kolkata' }, undefined, anna);
    await beatAt(new Date('2027-01-01T20:59:59Z'), right);
    expect(await storedRuns(left)).toEqual([]);
    await beatAt(new Date('2027-01-01T21:00:00Z'), right);
    expect(await slotsThatRan(left)).toEqual([new Date('2027-01-01T21:00:00Z')]);
  });

  it('is silent while a schedule is paused, and does not make up for it', async () => {
    const [left, right] = [await aNode([aSchedule()]), await aNode([aSchedule()])];
    await left.entries.change(NAME, { isPaused: true }, undefined, anna);
    expect(await fireSlot(right, minute(1))).toEqual({ kind: 'refused' });
    await beatAt(past(2), right);
    await database.setTime(past(3));
    await left.entries.change(NAME, { isPaused: false }, undefined, anna);
    await beatAt(past(3), right);
    await beatAt(past(4), right);
    expect(await slotsThatRan(left)).toEqual([minute(4)]);
  });

  it.each([
    ['missing', '2027-03-28', '01:00'],
    ['doubled', '2027-10-31', '00:30'],
  ])('fires once on the day when 02:30 is %s', async (_, day, time) => {
    const definition = aSchedule({ defaultCron: '0 30 2 * * *', defaultZone: 'Europe/Berlin' });
    await database.setTime(new Date(`${day}T00:00:00Z`));
    const [left, right] = [await aNode([definition]), await aNode([definition])];
    for (let minutes = 0; minutes <= 5 * 60; minutes += 10) {
      const now = new Date(Date.parse(`${day}T00:00:00Z`) + minutes * 60_000);
      await beatAt(now, left, right);
    }
    expect(await slotsThatRan(left)).toEqual([new Date(`${day}T${time}:00Z`)]);
  });

  it('goes by the time of the database on nodes whose clocks are wrong', async () => {
    await database.setTime(null);
    const definition = aSchedule({ defaultCron: '* * * * * *' });
    const ahead = await aNode([definition], { clock: new FakeClock(new Date('2031-01-01T03:00:00Z')) });
    const behind = await aNode([definition], { clock: new FakeClock(new Date('2020-01-01T21:00:00Z')) });
    await until(async () => {
      await Promise.all([ahead.beat.beat(), behind.beat.beat()]);
      return (await storedRuns(ahead)).length > 0;
    });
    const [found] = await ahead.database.query<{ is_on_time: boolean }>(
      `select bool_and(slot <= started_at and slot > started_at - interval '5 seconds') as is_on_time from schedule_runs`,
    );
    expect(found).toEqual({ is_on_time: true });
  });

  it('fires the others when a stored expression is not valid', async () => {
    const one = await aNode([aSchedule(), aSchedule({ name: 'Broken' })]);
    await one.database.query(`update schedule_entries set cron = 'every day' where name = 'Broken'`);
    await beatAt(past(1), one);
    expect(await slotsThatRan(one)).toEqual([minute(1)]);
    expect((await one.entries.show('Broken')).schedule.nextSlots).toEqual([]);
  });

  it('leaves alone what a newer version stored', async () => {
    const one = await aNode([aSchedule()]);
    await one.database.query(
      `insert into schedule_entries (name, cron, zone) values ('Newer', '0 * * * * *', 'UTC')`,
    );
    await beatAt(past(1), one);
    expect(await slotsThatRan(one)).toEqual([minute(1)]);
  });
});

describe('a process', () => {
  it('fires by itself when it has the role scheduler', async () => {
    const ran = new Deferred<Date | null>();
    const definition = aSchedule({
      defaultCron: '* * * * * *',
      run: ({ slot }) => {
        ran.resolve(slot);
        return Promise.resolve({});
      },
    });
    const one = await aNode([definition], { roles: ['scheduler'] });
    expect(await ran.promise).toBeInstanceOf(Date);
    await one.beat.beforeApplicationShutdown();
    expect([...one.registry.getCronJobs().keys()]).toEqual([]);
  });

  it('does not beat without that role', async () => {
    const one = await aNode([aSchedule()], { roles: ['api', 'worker'] });
    expect([...one.registry.getCronJobs().keys()]).toEqual([]);
  });

  it('stores the defaults, follows new ones, and keeps what an administrator changed', async () => {
    const first = await aNode([aSchedule()]);
    expect(await timings(first)).toEqual([{ cron: '0 * * * * *', zone: 'UTC' }]);
    const second = await aNode([aSchedule({ defaultCron: '0 0 3 * * *', defaultZone: 'Europe/Prague' })]);
    expect(await timings(second)).toEqual([{ cron: '0 0 3 * * *', zone: 'Europe/Prague' }]);
    await second.entries.change(NAME, { cron: '0 0 4 * * *' }, undefined, anna);
    const third = await aNode([aSchedule()]);
    expect(await timings(third)).toEqual([{ cron: '0 0 4 * * *', zone: 'Europe/Prague' }]);
  });

  it.each([
    ['a name twice', [aSchedule(), aSchedule({ about: 'Another.' })], 'Two schedules are named CleanUp'],
    ['a cron expression that is none', [aSchedule({ defaultCron: '* * * * *' })], 'it has 5 fields'],
    ['a zone nobody knows', [aSchedule({ defaultZone: 'Europe/Berln' })], 'Did you mean Europe/Berlin?'],
    ['a name that is no name', [aSchedule({ name: 'clean up' })], 'cannot name a schedule'],
  ])('refuses to start with %s', async (_, definitions, message) => {
    await expect(startNode(database.url, definitions)).rejects.toThrow(message);
  });

  it('refuses a schedule that is registered after the start', async () => {
    const one = await aNode([]);
    expect(() => one.schedules.register(aSchedule())).toThrow('register it in onModuleInit');
  });
});
