// The tables of the queue in memory. A transaction keeps how to undo each change, so that it is all or nothing.
import type { ArchivedState, LaneState, QueuedState } from '../../../src/queue/domain/operation-state.js';
import type { Supersession } from '../../../src/queue/domain/supersession.js';
import type { TargetRow } from '../../../src/queue/target.js';

/** The priority of lanes whose head may have killed its process. */
export const SUSPECT = 2;

export interface Lane {
  readonly id: number;
  readonly key: string;
  readonly targetId: number;
  readonly isSingleUse: boolean;
  state: LaneState;
  hold: string | null;
  runAt: number;
  tail: number;
  handed: number;
  admitted: number;
  owner: number | null;
  token: number;
  priority: number;
}

export interface Operation {
  readonly laneId: number;
  readonly seq: number;
  readonly kind: string;
  readonly subject: string;
  readonly payload: unknown;
  readonly actor: string;
  readonly requestId: string | null;
  readonly createdAt: number;
  readonly supersession: Supersession | null;
  readonly parent: { readonly laneId: number; readonly seq: number; readonly ordinal: number } | null;
  state: QueuedState;
  attempts: number;
  crashes: number;
  failedSince: number | null;
  isGrouped: boolean;
  isAwaited: boolean;
  waitsFor: { readonly laneId: number; readonly seq: number } | { readonly group: number } | null;
}

export interface Archived {
  readonly operation: Operation;
  readonly state: ArchivedState;
  readonly attempts: number;
  readonly result: string;
  readonly executorId: number | null;
  readonly finishedAt: number;
  /** The place of what replaced it. */
  readonly supersededBy?: number;
}

export interface StoredIntent {
  readonly laneId: number;
  readonly seq: number;
  readonly attempt: number;
  readonly action: string;
  readonly identifier: string;
  readonly digests: Readonly<Record<string, string>>;
  readonly storedAt: number;
}

export interface RecordedAttempt {
  readonly laneId: number;
  readonly seq: number;
  readonly attempt: number;
  readonly outcome: string;
  readonly code: string | null;
  readonly message: string;
  readonly endedAt: number;
  readonly executorId: number;
}

export interface Group {
  readonly id: number;
  open: number;
  failed: number;
  total: number;
  isClosed: boolean;
}

export interface Member {
  readonly groupId: number;
  readonly laneId: number;
  readonly seq: number;
  state: 'open' | 'failed' | 'done';
}

export interface TargetState extends Omit<TargetRow, 'breaker' | 'executors' | 'rank' | 'has_suspects'> {
  mode: TargetRow['mode'];
  hold: TargetRow['hold'];
  rate_per_second: number | null;
  burst: number;
  rateNextAt: number;
  breaker_trips: number;
  breakerOpenUntil: number | null;
  probeExecutorId: number | null;
  probeUntil: number | null;
}

export interface Executor {
  readonly id: number;
  readonly roles: readonly string[];
  beatAt: number;
  isDead: boolean;
  /** It gave its registration back by itself. */
  isRetired: boolean;
}

export class Tables {
  readonly lanes = new Map<number, Lane>();
  readonly laneOf = new Map<string, Lane>();
  /** By lane, in order. */
  readonly operations = new Map<number, Operation[]>();
  readonly archive = new Map<string, Archived>();
  readonly intents: StoredIntent[] = [];
  readonly attempts: RecordedAttempt[] = [];
  readonly groups = new Map<number, Group>();
  readonly members: Member[] = [];
  readonly targets = new Map<number, TargetState>();
  readonly executors = new Map<number, Executor>();
  #undo: (() => void)[] | null = null;
  #lastId = 0;

  /** @param clock the time of the database */
  constructor(readonly clock: () => number) {}

  nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  /** Nothing else happens meanwhile: what is awaited within must not take time. */
  async transact<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#undo) throw new Error('A transaction is open already.');
    this.#undo = [];
    try {
      return await work();
    } catch (error) {
      for (const undo of this.#undo.toReversed()) undo();
      throw error;
    } finally {
      this.#undo = null;
    }
  }

  patch<Row extends object>(row: Row, changes: Partial<Row>): void {
    if (this.#undo) {
      const before = Object.fromEntries(
        Object.keys(changes).map((key) => [key, row[key as keyof Row]]),
      ) as Partial<Row>;
      this.#undo.push(() => void Object.assign(row, before));
    }
    Object.assign(row, changes);
  }

  put<Key, Row>(table: Map<Key, Row>, key: Key, row: Row): void {
    table.set(key, row);
    this.#undo?.push(() => table.delete(key));
  }

  drop<Key, Row>(table: Map<Key, Row>, key: Key): void {
    const row = table.get(key);
    if (row === undefined) return;
    table.delete(key);
    this.#undo?.push(() => table.set(key, row));
  }

  append<Row>(table: Row[], row: Row): void {
    table.push(row);
    this.#undo?.push(() => table.splice(table.indexOf(row), 1));
  }

  remove<Row>(table: Row[], row: Row): void {
    const index = table.indexOf(row);
    if (index < 0) return;
    table.splice(index, 1);
    this.#undo?.push(() => table.splice(index, 0, row));
  }

  lane(id: number): Lane {
    return found(this.lanes.get(id), `lane ${id}`);
  }

  target(id: number): TargetState {
    return found(this.targets.get(id), `target ${id}`);
  }

  group(id: number): Group {
    return found(this.groups.get(id), `group ${id}`);
  }

  operationsOf(laneId: number): readonly Operation[] {
    return this.operations.get(laneId) ?? [];
  }

  headOf(laneId: number): Operation | null {
    return this.operations.get(laneId)?.[0] ?? null;
  }

  find(laneId: number, seq: number): Operation | null {
    return this.operations.get(laneId)?.find((operation) => operation.seq === seq) ?? null;
  }

  addOperation(operation: Operation): void {
    let list = this.operations.get(operation.laneId);
    if (!list) {
      list = [];
      this.operations.set(operation.laneId, list);
    }
    this.append(list, operation);
  }

  /** Moves an operation to the archive. */
  end(operation: Operation, ended: Omit<Archived, 'operation' | 'finishedAt'>): void {
    const list = this.operations.get(operation.laneId);
    if (list) this.remove(list, operation);
    this.put(this.archive, keyOf(operation), { ...ended, operation, finishedAt: this.clock() });
  }

  isAlive(executorId: number): boolean {
    return this.executors.get(executorId)?.isDead === false;
  }
}

export function keyOf({ laneId, seq }: { readonly laneId: number; readonly seq: number }): string {
  return `${laneId}-${seq}`;
}

function found<Row>(row: Row | undefined, what: string): Row {
  if (row === undefined) throw new Error(`There is no ${what}.`);
  return row;
}
