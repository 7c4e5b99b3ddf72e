// Rules that stand in SQL and in TypeScript are one rule: each is held against the other, on real rows.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Arbitrary,
  array,
  assert as assertProperty,
  asyncProperty,
  constantFrom,
  nat,
  record,
} from 'fast-check';
import { Database } from '../../../src/platform/database/index.js';
import { gateOf } from '../../../src/queue/domain/gate.js';
import { LANE_STATES, QUEUED_STATES } from '../../../src/queue/domain/operation-state.js';
import { type OlderOperation, supersededBy } from '../../../src/queue/domain/supersession.js';
import { supersede } from '../../../src/queue/enqueue/supersede.js';
import { DATABASE_TARGET } from '../../../src/queue/index.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';

let testDatabase: TestDatabase;
let database: Database;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = new Database({
    url: testDatabase.url,
    applicationName: 'test',
    poolSize: 2,
    statementTimeoutMs: 10_000,
  });
  await database.connect();
  await database.query(`select platform_make_partition('queue_archive', current_date)`);
});

afterAll(async () => {
  await database?.close();
  await testDatabase?.drop();
});

describe('queue_gate', () => {
  it('is gateOf for every combination of inputs', async () => {
    const booleans = [true, false];
    const modes = ['synchronous', 'asynchronous'] as const;
    const inputs = [null, ...QUEUED_STATES].flatMap((state) =>
      booleans.flatMap((isWaiting) =>
        booleans.flatMap((isAdmitted) => modes.map((mode) => ({ state, isWaiting, isAdmitted, mode }))),
      ),
    );
    const rows = await database.query<{ gate: string }>(
      `select queue_gate(i.state, i.is_waiting, i.mode, i.is_admitted) as gate
       from unnest($1::text[], $2::boolean[], $3::text[], $4::boolean[]) with ordinality
         as i(state, is_waiting, mode, is_admitted, nth) order by i.nth`,
      [
        inputs.map(({ state }) => state),
        inputs.map(({ isWaiting }) => isWaiting),
        inputs.map(({ mode }) => mode),
        inputs.map(({ isAdmitted }) => isAdmitted),
      ],
    );
    expect(rows.map(({ gate }) => gate)).toEqual(
      inputs.map(({ state, isWaiting, isAdmitted, mode }) =>
        gateOf(state === null ? null : { state, isWaiting, isAdmitted }, mode),
      ),
    );
    expect(inputs).toHaveLength((QUEUED_STATES.length + 1) * 8);
  });

  it('is idle in SQL too when a lane without a head gives nulls', async () => {
    const rows = await database.query<{ gate: string }>(
      `select queue_gate(null, null, m, null) as gate from unnest(array['synchronous', 'asynchronous']) m`,
    );
    expect(rows.map(({ gate }) => gate)).toEqual(['idle', 'idle']);
  });
});

interface Lane {
  readonly state: string;
  readonly handed: number;
  readonly older: readonly Omit<OlderOperation, 'seq' | 'isHandedOut'>[];
  /** In one transaction, behind the older ones. */
  readonly newer: readonly ('state' | 'end' | null)[];
}

const supersession = constantFrom('state', 'state', 'end', null);

const lanes: Arbitrary<Lane> = record({
  state: constantFrom(...LANE_STATES.filter((state) => state !== 'idle')),
  handed: nat({ max: 6 }),
  older: array(record({ state: constantFrom(...QUEUED_STATES), supersession }), { maxLength: 6 }),
  newer: array(supersession, { minLength: 1, maxLength: 3 }),
})
  // What is not there yet is handed to nobody.
  .map((lane) => ({ ...lane, handed: Math.min(lane.handed, lane.older.length) }));

/** What the rule says of a lane whose newer operations come one after the other: who is replaced, by whom. */
function expectedOf({ state, handed, older, newer }: Lane): Map<number, number> {
  const replaced = new Map<number, number>();
  const waiting: OlderOperation[] = older.map((one, index) => ({
    ...one,
    seq: index + 1,
    isHandedOut: state === 'leased' && index + 1 <= handed,
  }));
  newer.forEach((one, index) => {
    const seq = older.length + 1 + index;
    const left = waiting.filter((other) => !replaced.has(other.seq));
    if (one) for (const gone of supersededBy(one, left)) replaced.set(gone, seq);
    waiting.push({ seq, state: 'CREATED', supersession: one, isHandedOut: false });
  });
  // Whoever was replaced by one that was itself replaced is said to be replaced by the last.
  for (const [gone, by] of [...replaced].toSorted(([one], [other]) => other - one))
    replaced.set(gone, replaced.get(by) ?? by);
  return replaced;
}

let keys = 0;

async function supersededIn({ state, handed, older, newer }: Lane): Promise<Map<number, number>> {
  keys += 1;
  const all = [...older, ...newer.map((one) => ({ state: 'CREATED', supersession: one }))];
  return database.transact(async (transaction) => {
    const [lane] = await transaction.query<{ id: number }>(
      `insert into queue_lanes (key, target_id, shard, state, hold, owner_id, tail_seq, handed_seq)
       values ($1, $2, 0, $3, case when $3 = 'held' then 'break' end, case when $3 = 'leased' then 1 end, $4, $5)
       returning id`,
      [`lane:${keys}`, DATABASE_TARGET, state, all.length, handed],
    );
    const laneId = lane?.id ?? -1;
    await transaction.query(
      `insert into queue_operations (lane_id, seq, kind, state, supersession, subject, payload, actor)
       select $1, o.nth, 'note', o.state, o.supersession, 'a note', '{}', 'test'
       from unnest($2::text[], $3::text[]) with ordinality as o(state, supersession, nth)`,
      [laneId, all.map((one) => one.state), all.map((one) => one.supersession)],
    );
    const superseding = newer.flatMap((one, index) =>
      one ? [{ laneId, seq: older.length + 1 + index, supersession: one }] : [],
    );
    const { replaced } = await supersede(transaction, superseding, []);
    const left = await transaction.query<{ seq: number }>(
      'select seq from queue_operations where lane_id = $1 order by seq',
      [laneId],
    );
    const archived = await transaction.query<{ seq: number; state: string; superseded_by: number }>(
      'select seq, state, superseded_by from queue_archive where lane_id = $1 order by seq',
      [laneId],
    );
    const gone = replaced.map(({ seq }) => seq);
    expect(left.map(({ seq }) => seq)).toEqual(
      all.map((_, index) => index + 1).filter((seq) => !gone.includes(seq)),
    );
    expect(archived).toEqual(
      replaced
        .map(({ seq, by_seq }) => ({ seq, state: 'SUPERSEDED', superseded_by: by_seq }))
        .toSorted((one, other) => one.seq - other.seq),
    );
    return new Map(replaced.map(({ seq, by_seq }) => [seq, by_seq]));
  });
}

describe('supersede.sql', () => {
  it('replaces what supersededBy says, in whatever lane', async () => {
    await assertProperty(
      asyncProperty(lanes, async (lane) => {
        const sorted = (replaced: Map<number, number>): [number, number][] =>
          [...replaced].toSorted(([one], [other]) => one - other);
        expect(sorted(await supersededIn(lane))).toEqual(sorted(expectedOf(lane)));
      }),
      { numRuns: 300 },
    );
  }, 60_000);
});
