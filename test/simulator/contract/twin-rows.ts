// What both sides hold, in words that are the same on both: keys instead of ids, due or not instead of times.
import type { Database } from '../../../src/platform/database/index.js';
import type { Tables } from '../model/tables.js';

export interface Names {
  readonly lane: (id: number) => string;
  readonly executor: (id: number | null) => number | null;
  readonly group: (id: number) => number;
  readonly targets: readonly number[];
}

export type Rows = Readonly<Record<string, readonly string[]>>;

type Row = Readonly<Record<string, unknown>>;

/** Sorted texts: where they differ, a person sees it at once. */
function texts(rows: readonly Row[]): string[] {
  return rows.map((row) => JSON.stringify(row)).toSorted();
}

export function rowsInMemory(tables: Tables, names: Names): Rows {
  const now = tables.clock();
  return {
    lanes: texts(
      [...tables.lanes.values()].map((lane) => ({
        key: lane.key,
        target: lane.targetId,
        state: lane.state,
        hold: lane.hold,
        isDue: lane.runAt <= now,
        tail: lane.tail,
        handed: lane.handed,
        admitted: lane.admitted,
        owner: names.executor(lane.owner),
        token: lane.token,
        priority: lane.priority,
      })),
    ),
    operations: texts(
      [...tables.operations.values()].flat().map((one) => ({
        lane: names.lane(one.laneId),
        seq: one.seq,
        kind: one.kind,
        state: one.state,
        attempts: one.attempts,
        crashes: one.crashes,
        isFailing: one.failedSince !== null,
        supersession: one.supersession,
        isGrouped: one.isGrouped,
        isAwaited: one.isAwaited,
        waits:
          one.waitsFor === null
            ? null
            : 'group' in one.waitsFor
              ? `group ${names.group(one.waitsFor.group)}`
              : `${names.lane(one.waitsFor.laneId)} ${one.waitsFor.seq}`,
      })),
    ),
    archive: texts(
      [...tables.archive.values()].map(({ operation, state, attempts, supersededBy, executorId }) => ({
        lane: names.lane(operation.laneId),
        seq: operation.seq,
        state,
        attempts,
        by: supersededBy ?? null,
        executor: names.executor(executorId),
      })),
    ),
    attempts: texts(
      tables.attempts.map(({ laneId, seq, attempt, outcome, code }) => ({
        lane: names.lane(laneId),
        seq,
        attempt,
        outcome,
        code,
      })),
    ),
    intents: texts(
      tables.intents.map(({ laneId, seq, attempt }) => ({ lane: names.lane(laneId), seq, attempt })),
    ),
    groups: texts(
      [...tables.groups.values()].map(({ id, open, failed, total, isClosed }) => ({
        group: names.group(id),
        open,
        failed,
        total,
        isClosed,
      })),
    ),
    members: texts(
      tables.members.map(({ groupId, laneId, seq, state }) => ({
        group: names.group(groupId),
        lane: names.lane(laneId),
        seq,
        state,
      })),
    ),
    targets: texts(
      names.targets.map((id) => {
        const target = tables.target(id);
        return {
          id,
          mode: target.mode,
          hold: target.hold,
          isOpen: target.breakerOpenUntil === null ? null : target.breakerOpenUntil > now,
          trips: target.breaker_trips,
          probe: names.executor(target.probeExecutorId),
        };
      }),
    ),
  };
}

export async function rowsInDatabase(database: Database, names: Names): Promise<Rows> {
  const ask = <Found extends Row>(statement: string): Promise<Found[]> => database.query<Found>(statement);
  const laned = (rows: readonly (Row & { lane: number })[]): string[] =>
    texts(rows.map((row) => ({ ...row, lane: names.lane(row.lane) })));
  const lanes = await ask<Row & { owner: number | null }>(
    `select key, target_id as target, state, hold, run_at <= now() as "isDue", tail_seq as tail, handed_seq as handed,
            admitted_seq as admitted, owner_id as owner, token, priority from queue_lanes`,
  );
  const operations = await ask<Row & { lane: number; waits: string | null }>(
    `select lane_id as lane, seq, kind, state, attempts, crashes, failed_since is not null as "isFailing", supersession,
            is_grouped as "isGrouped", is_awaited as "isAwaited",
            case when waits_group_id is not null then 'group ' || waits_group_id
                 when waits_lane_id is not null then waits_lane_id || ' ' || waits_seq end as waits
     from queue_operations`,
  );
  const archive = await ask<Row & { lane: number; executor: number | null }>(
    `select lane_id as lane, seq, state, attempts, superseded_by as by, executor_id as executor from queue_archive`,
  );
  const attempts = await ask<Row & { lane: number }>(
    'select lane_id as lane, seq, attempt, outcome, code from queue_attempts',
  );
  const intents = await ask<Row & { lane: number }>(
    'select lane_id as lane, seq, attempt from queue_intents',
  );
  const groups = await ask<Row & { group: number }>(
    'select id as "group", open, failed, total, closed_at is not null as "isClosed" from queue_groups',
  );
  const members = await ask<Row & { group: number; lane: number }>(
    'select group_id as "group", lane_id as lane, seq, state from queue_group_members',
  );
  const targets = await database.query<Row & { probe: number | null }>(
    `select id, mode, hold, breaker_open_until > now() as "isOpen", breaker_trips as trips, probe_executor_id as probe
     from queue_targets where id = any ($1)`,
    [names.targets],
  );
  return {
    lanes: texts(lanes.map((row) => ({ ...row, owner: names.executor(row.owner) }))),
    operations: laned(operations.map((row) => ({ ...row, waits: waitsIn(row.waits, names) }))),
    archive: laned(archive.map((row) => ({ ...row, executor: names.executor(row.executor) }))),
    attempts: laned(attempts),
    intents: laned(intents),
    groups: texts(groups.map((row) => ({ ...row, group: names.group(row.group) }))),
    members: laned(members.map((row) => ({ ...row, group: names.group(row.group) }))),
    targets: texts(targets.map((row) => ({ ...row, probe: names.executor(row.probe) }))),
  };
}

function waitsIn(waits: string | null, names: Names): string | null {
  if (waits === null) return null;
  const [what = '', number = ''] = waits.split(' ');
  return what === 'group' ? `group ${names.group(Number(number))}` : `${names.lane(Number(what))} ${number}`;
}
