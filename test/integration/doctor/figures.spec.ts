// What a scrape costs and tells: the queue target by target, whatever waits, and also while the database is away.
import { afterEach, describe, expect, it } from '@jest/globals';
import { AuditLag } from '../../../src/audit/audit-lag.js';
import { Clock } from '../../../src/platform/clock/index.js';
import { Database } from '../../../src/platform/database/index.js';
import { Diagnosis } from '../../../src/platform/diagnosis/index.js';
import { Metrics } from '../../../src/platform/metrics/index.js';
import { QueueGauges } from '../../../src/queue/queue-gauges.js';
import { TargetStandings } from '../../../src/queue/target-standings.js';
import { createTestDatabase } from '../../support/postgres.js';

class StandingClock extends Clock {
  ms = 0;

  now(): Date {
    return new Date(this.ms);
  }

  monotonicMs(): number {
    return this.ms;
  }
}

describe('the figures of the queue', () => {
  const closing: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
  });

  async function setup() {
    const { url, drop } = await createTestDatabase();
    closing.push(drop);
    const database = new Database({ url, applicationName: 'test', poolSize: 2, statementTimeoutMs: 10_000 });
    await database.connect();
    closing.push(() => database.close());
    const [metrics, clock] = [new Metrics(), new StandingClock()];
    new QueueGauges(metrics, new TargetStandings(database, clock)).onModuleInit();
    new AuditLag(database, metrics, new Diagnosis()).onModuleInit();
    const [target] = await database.query<{ id: number }>(
      `insert into queue_targets (name) values ('system:Directory') returning id`,
    );
    const id = target?.id ?? 0;
    const fill = (state: string, count: number, runAt = 'now()'): Promise<unknown> =>
      database.query(
        `insert into queue_lanes (key, target_id, shard, state, tail_seq, run_at, priority)
         select $2 || n || random(), $1, 0, $2, 1, ${runAt}, n % 2 from generate_series(1, $3::integer) n`,
        [id, state, count],
      );
    /** The value of one series; undefined when there is none. */
    const figure = async (series: string): Promise<number | undefined> => {
      const line = (await metrics.text()).split('\n').find((text) => text.startsWith(`${series} `));
      return line === undefined ? undefined : Number(line.slice(series.length + 1));
    };
    return { database, metrics, clock, id, fill, figure };
  }

  it('tell every state of every target, with 0 where there is none', async () => {
    const { metrics, id, fill } = await setup();
    await fill('parked', 3);
    await fill('gated-retry', 2);
    const text = await metrics.text();
    const counts = Object.entries({
      ready: 0,
      'gated-async': 0,
      'gated-retry': 2,
      held: 0,
      dependent: 0,
      parked: 3,
    });
    for (const [state, lanes] of counts) {
      expect(text).toContain(`provost_queue_lanes{target="${id}",state="${state}"} ${lanes}\n`);
    }
    expect(text).not.toContain('Directory');
  });

  it('stop counting at a thousand', async () => {
    const { id, fill, figure } = await setup();
    await fill('ready', 1_050);
    expect(await figure(`provost_queue_lanes{target="${id}",state="ready"}`)).toBe(1_000);
  });

  it('tell how long due work waits, unless its target is held or its breaker is open', async () => {
    const { database, clock, id, fill, figure } = await setup();
    const due = (): Promise<number | undefined> => figure(`provost_queue_oldest_due_seconds{target="${id}"}`);
    await fill('ready', 2, `now() + interval '1 hour'`);
    expect(await due()).toBe(0);
    await fill('ready', 4, `now() - n * interval '100 seconds'`);
    clock.ms += 6_000;
    expect(await due()).toBeGreaterThanOrEqual(400);
    await database.query(`update queue_targets set hold = 'maintenance', held_at = now() where id = $1`, [
      id,
    ]);
    clock.ms += 6_000;
    expect(await due()).toBe(0);
    expect(await figure(`provost_queue_target_held{target="${id}"}`)).toBe(1);
    await database.query(
      `update queue_targets set hold = null, held_at = null, breaker_open_until = now(), breaker_trips = 1 where id = $1`,
      [id],
    );
    clock.ms += 6_000;
    expect(await due()).toBe(0);
    expect(await figure(`provost_queue_target_held{target="${id}"}`)).toBe(0);
    expect(await figure(`provost_queue_breaker_open{target="${id}"}`)).toBe(1);
  });

  it('are looked up once for all scrapes of some seconds', async () => {
    const { clock, id, fill, figure } = await setup();
    const parked = (): Promise<number | undefined> =>
      figure(`provost_queue_lanes{target="${id}",state="parked"}`);
    expect(await parked()).toBe(0);
    await fill('parked', 1);
    expect(await parked()).toBe(0);
    clock.ms += 6_000;
    expect(await parked()).toBe(1);
  });

  it('are absent while the database is away, and the scrape answers all the same', async () => {
    const { database, clock, id, figure } = await setup();
    expect(await figure('provost_queue_is_read')).toBe(1);
    await database.close();
    clock.ms += 6_000;
    expect(await figure('provost_queue_is_read')).toBe(0);
    expect(await figure(`provost_queue_breaker_open{target="${id}"}`)).toBeUndefined();
    expect(await figure('provost_audit_unsealed_seconds')).toBeUndefined();
    expect(await figure('process_resident_memory_bytes')).toBeGreaterThan(0);
  });

  it('tell how long a record of the audit has waited for its seal', async () => {
    const { database, figure } = await setup();
    expect(await figure('provost_audit_unsealed_seconds')).toBe(0);
    await database.query(
      `insert into audit_records (recorded_at, actor, action, object_type, object_id)
       values (now() - interval '10 minutes', 'test', 'thing.changed', 'thing', '1')`,
    );
    expect(await figure('provost_audit_unsealed_seconds')).toBeGreaterThanOrEqual(600);
  });
});
