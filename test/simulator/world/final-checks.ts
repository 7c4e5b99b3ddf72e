// What must be true once everything has come to its end.
import { type Archived, keyOf, type Lane, type Operation } from '../model/tables.js';
import { openMembers } from './journal.js';
import type { Simulation } from './simulation.js';

interface NotePayload {
  readonly note: string;
  readonly accounts?: readonly string[];
  readonly account?: string;
  readonly verb?: 'append' | 'match' | 'delete';
}

/** Lanes that should move by themselves. */
export function moving({ tables, people }: Simulation): Lane[] {
  return [...tables.lanes.values()].filter(({ id, state }) => {
    if (tables.headOf(id) === null) return state === 'leased';
    return state !== 'parked' && !(state === 'dependent' && people.isWaiting(id));
  });
}

/** True at any time, between two events. */
export function checkGroups({ tables, story }: Simulation): void {
  for (const group of tables.groups.values()) {
    const open = openMembers(tables, group.id).length;
    if (group.open !== open)
      story.break(
        'groups end with their last',
        null,
        `group ${group.id} counts ${group.open} open, and ${open} are`,
      );
  }
}

export function checkEnd(simulation: Simulation, quietSinceMs: number): void {
  checkLanes(simulation);
  // What has not ended cannot have had its effect.
  if (simulation.story.violations.length > 0) return;
  checkNothingLost(simulation);
  for (const archived of simulation.tables.archive.values()) checkEffects(simulation, archived);
  checkStates(simulation);
  checkGroups(simulation);
  checkBreakers(simulation, quietSinceMs);
}

function noteOf({ operation }: Archived): NotePayload {
  return operation.payload as NotePayload;
}

function checkNothingLost({ tables, journal, story }: Simulation): void {
  const ends = new Map<string, number>();
  for (const archived of tables.archive.values()) {
    const { note } = noteOf(archived);
    ends.set(note, (ends.get(note) ?? 0) + 1);
  }
  const expected = new Set(journal.enqueued.keys());
  for (const archived of tables.archive.values()) {
    const { note, accounts } = noteOf(archived);
    if (!accounts || archived.state !== 'EXECUTED') continue;
    for (const index of accounts.keys()) expected.add(`${note}/${index + 1}`);
  }
  for (const note of expected) {
    const times = ends.get(note) ?? 0;
    if (times === 0) story.break('none is lost', null, `${note} was accepted and is not in the archive`);
    if (times > 1) story.break('none twice', null, `${note} ended ${times} times`);
  }
  for (const note of ends.keys())
    if (!expected.has(note)) story.break('none twice', null, `${note} ended and was never accepted`);
}

function checkEffects({ journal, story }: Simulation, { operation, state, ...rest }: Archived): void {
  const key = keyOf(operation);
  const { verb } = noteOf({ operation, state, ...rest });
  const times = journal.effectsOf(key).length;
  // One that failed may have had an effect at an earlier attempt, whose end was not known then.
  if (state === 'SUPERSEDED' && times > 0 && operation.attempts === 0)
    story.break('superseded is not executed', key, `${key} was superseded and took effect`);
  if (verb === 'append' && state === 'EXECUTED' && times !== 1)
    story.break(
      times === 0 ? 'none is lost' : 'none twice',
      key,
      `${key} is EXECUTED and took effect ${times} times`,
    );
}

/** Every system holds the newest state of its accounts, unless somebody canceled what would have brought it. */
function checkStates({ tables, systems, versions, story }: Simulation): void {
  const last = new Map<string, Archived>();
  for (const archived of tables.archive.values()) {
    const { account, verb } = noteOf(archived);
    if (!account || verb === 'append' || archived.state === 'SUPERSEDED') continue;
    const before = last.get(account);
    if (!before || before.operation.seq < archived.operation.seq) last.set(account, archived);
  }
  for (const [account, archived] of last) {
    if (archived.state !== 'EXECUTED') continue;
    const { targetId } = tables.lane(archived.operation.laneId);
    const holds = systems.get(targetId)?.account(account).version ?? null;
    const wanted = noteOf(archived).verb === 'delete' ? null : (versions.get(account) ?? 0);
    if (holds !== wanted)
      story.break(
        'none is lost',
        keyOf(archived.operation),
        `${account} should be at ${wanted ?? 'nothing'} and is at ${holds ?? 'nothing'}`,
      );
  }
}

function checkLanes({ tables, story }: Simulation): void {
  for (const lane of tables.lanes.values()) {
    const head = tables.headOf(lane.id);
    // Nothing moves any more, and nobody is parked.
    if (head && lane.state === 'dependent')
      story.break(
        'nobody waits in a circle',
        keyOf(head),
        `${keyOf(head)} waits for ${waitOf(head)} for ever`,
      );
    else if (head)
      story.break(
        'everything ends',
        keyOf(head),
        `${keyOf(head)} (${head.state}) waits in a lane that is ${lane.state}`,
      );
    if (!head && lane.state === 'leased')
      story.break('everything ends', `${lane.id}-0`, `lane ${lane.key} is leased, and nothing is in it`);
  }
  for (const group of tables.groups.values()) {
    if (group.open > 0)
      story.break('groups end with their last', null, `group ${group.id} has ${group.open} open members`);
  }
}

function waitOf({ waitsFor }: Operation): string {
  if (!waitsFor) return 'nothing';
  return 'group' in waitsFor ? `group ${waitsFor.group}` : keyOf(waitsFor);
}

/** A breaker closes with the first answer to whoever was sent to look. */
function checkBreakers({ tables, story }: Simulation, quietSinceMs: number): void {
  for (const { id, breakerOpenUntil, probeExecutorId } of tables.targets.values()) {
    if (breakerOpenUntil === null) continue;
    const answered = tables.attempts.some(
      ({ laneId, seq, outcome, executorId, endedAt }) =>
        outcome === 'executed' &&
        executorId === probeExecutorId &&
        endedAt > Math.max(breakerOpenUntil, quietSinceMs) &&
        targetOfArchived(tables.archive.get(`${laneId}-${seq}`)) === id,
    );
    if (answered)
      story.break('breakers close', null, `the breaker of target ${id} is open, and its probe was answered`);
  }

  function targetOfArchived(archived: Archived | undefined): number | null {
    return archived ? (tables.lanes.get(archived.operation.laneId)?.targetId ?? null) : null;
  }
}
