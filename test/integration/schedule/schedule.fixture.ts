// Nodes of one installation: each with connections, a clock and a beat of its own, on a database of the spec's.
import { setTimeout as delay } from 'node:timers/promises';
import { SchedulerRegistry } from '@nestjs/schedule';
import { AuditLog } from '../../../src/audit/index.js';
import { Clock } from '../../../src/platform/clock/index.js';
import type { ProcessRole } from '../../../src/platform/config/index.js';
import { Database } from '../../../src/platform/database/index.js';
import { ScheduleBeat } from '../../../src/schedule/schedule-beat.js';
import type { ScheduleContext, ScheduleDefinition } from '../../../src/schedule/schedule-definition.js';
import { ScheduleEntries } from '../../../src/schedule/schedule-entries.service.js';
import { type Firing, Schedules, type SlotClaim } from '../../../src/schedule/schedules.service.js';
import type { ScheduleRun } from '../../../src/schedule/schedule-run.js';
import { createTestDatabase } from '../../support/postgres.js';

export class FakeClock extends Clock {
  #ms = 0;

  constructor(private readonly start = new Date('2027-01-01T00:00:00Z')) {
    super();
  }

  now(): Date {
    return new Date(this.start.getTime() + this.#ms);
  }

  monotonicMs(): number {
    return this.#ms;
  }

  advance(milliseconds: number): void {
    this.#ms += milliseconds;
  }
}

export interface Node {
  readonly database: Database;
  readonly schedules: Schedules;
  readonly entries: ScheduleEntries;
  readonly beat: ScheduleBeat;
  readonly registry: SchedulerRegistry;
  readonly clock: FakeClock;
  close(): Promise<void>;
}

export const NAME = 'CleanUp';

export function aSchedule(overrides: Partial<ScheduleDefinition> = {}): ScheduleDefinition {
  return {
    name: NAME,
    about: 'Removes what is old.',
    defaultCron: '0 * * * * *',
    defaultZone: 'UTC',
    run: () => Promise.resolve({ removed: 1 }),
    ...overrides,
  };
}

/** A schedule whose runs end when the spec says so. */
export function aHeldSchedule(): {
  definition: ScheduleDefinition;
  contexts: ScheduleContext[];
  release(): void;
} {
  const contexts: ScheduleContext[] = [];
  const held = new Deferred<Record<string, number>>();
  const run = (context: ScheduleContext): Promise<Record<string, number>> => {
    contexts.push(context);
    return held.promise;
  };
  return { definition: aSchedule({ run }), contexts, release: () => held.resolve({ removed: 7 }) };
}

export class Deferred<Value> {
  resolve: (value: Value) => void = () => {};
  readonly promise = new Promise<Value>((resolve) => {
    this.resolve = resolve;
  });
}

/** The start of minute `count` of 2027. */
export function minute(count: number): Date {
  return new Date(Date.UTC(2027, 0, 1, 0, count));
}

export function runOf(firing: Firing): ScheduleRun {
  if (firing.kind !== 'started') throw new Error(`the firing was ${firing.kind}`);
  return firing.run;
}

export interface ScheduleDatabase {
  readonly url: string;
  /** From now on every node is told this time by the database; null: the real one. */
  setTime(time: Date | null): Promise<void>;
  /** Removes all rows and sets the real time. */
  clear(): Promise<void>;
  drop(): Promise<void>;
}

export async function createScheduleDatabase(): Promise<ScheduleDatabase> {
  const created = await createTestDatabase();
  const { url } = created;
  await fakeItsClock(url);
  const database = new TestDatabase(url);
  await database.connect();
  const setTime = async (time: Date | null): Promise<void> => {
    await database.query('update fake_clock.moment set time = $1', [time]);
  };
  return {
    url,
    setTime,
    clear: async () => {
      await setTime(null);
      await database.query('truncate schedule_runs, schedule_entries');
    },
    drop: async () => {
      await database.close();
      await created.drop();
    },
  };
}

/** A function of the same name stands before the server's own for whoever connects from now on. */
async function fakeItsClock(url: string): Promise<void> {
  const database = new TestDatabase(url);
  await database.connect();
  const name = new URL(url).pathname.slice(1);
  for (const statement of [
    'create schema fake_clock',
    'create table fake_clock.moment as select null::timestamptz as time',
    `create function fake_clock.clock_timestamp() returns timestamptz language sql volatile
     as 'select coalesce(time, pg_catalog.clock_timestamp()) from fake_clock.moment'`,
    `alter database ${name} set search_path = fake_clock, pg_catalog, public`,
  ]) {
    await database.query(statement);
  }
  await database.close();
}

export class TestDatabase extends Database {
  #failing: string | undefined;

  constructor(url: string) {
    super({ url, applicationName: 'test', poolSize: 4, statementTimeoutMs: 10_000 });
  }

  /** The next use of `statement` finds the database away. */
  failOnce(statement: string): void {
    this.#failing = statement;
  }

  override async query<Row>(...[statement, values]: Parameters<Database['query']>): Promise<Row[]> {
    if (typeof statement !== 'string' && statement.name === this.#failing) {
      this.#failing = undefined;
      throw new Error('Connection terminated unexpectedly');
    }
    return super.query<Row>(statement, values);
  }
}

/** What a node asks for that decides now that `slot` is the one to fire. */
export async function claimOf(
  { database }: Node,
  slot: Date,
  claim: Partial<SlotClaim> = {},
  name = NAME,
): Promise<SlotClaim> {
  const [row] = await database.query<{ from: Date }>(
    'select considered_until as from from schedule_entries where name = $1',
    [name],
  );
  if (row === undefined) throw new Error('There is no such schedule.');
  return { slot, from: row.from, to: slot, leftOut: 0, isCatchUp: false, waits: false, ...claim };
}

export async function fireSlot(node: Node, slot: Date, claim: Partial<SlotClaim> = {}): Promise<Firing> {
  return node.schedules.fire(NAME, await claimOf(node, slot, claim));
}

/** One process; several on one URL are several nodes. It beats only when the spec tells it. */
export async function startNode(
  url: string,
  definitions: readonly ScheduleDefinition[],
  options: { clock?: FakeClock; roles?: readonly ProcessRole[] } = {},
): Promise<Node & { readonly database: TestDatabase }> {
  const clock = options.clock ?? new FakeClock();
  const database = new TestDatabase(url);
  const audit = new AuditLog();
  const schedules = new Schedules(database, audit, clock);
  const registry = new SchedulerRegistry();
  const settings = { roles: options.roles ?? ['api'], dataDirectory: '.data', isProduction: false };
  const beat = new ScheduleBeat(database, schedules, registry, settings);
  for (const definition of definitions) schedules.register(definition);
  await database.connect();
  await beat.onApplicationBootstrap();
  return {
    database,
    schedules,
    entries: new ScheduleEntries(database, audit, clock, schedules),
    beat,
    registry,
    clock,
    close: async () => {
      await beat.beforeApplicationShutdown();
      await database.close();
    },
  };
}

export interface StoredRun {
  readonly trigger: string;
  readonly slot: Date | null;
  readonly outcome: string | null;
  readonly error: string | null;
  readonly counts: Record<string, number> | null;
}

export function storedRuns(node: Node): Promise<StoredRun[]> {
  return node.database.query<StoredRun>(
    'select slot, trigger, outcome, error, counts from schedule_runs order by slot nulls last, started_at',
  );
}

/** Makes every lease look as if its holder had been silent for longer than it lasts. */
export async function letLeasesLapse(node: Node): Promise<void> {
  await node.database.query(
    `update schedule_entries set running_until = running_until - interval '31 seconds'`,
  );
}

/** As the holders of leases do every few seconds. */
export async function keepLeases(node: Node): Promise<void> {
  await node.database.query(
    `update schedule_entries set running_until = clock_timestamp() + interval '30 seconds'
     where run_id is not null`,
  );
}

export async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await delay(20);
}
