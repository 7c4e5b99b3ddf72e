// Enqueueing: in the caller's transaction, so that work exists if and only if its cause committed.
import { Injectable } from '@nestjs/common';
import { loadStatement, type Transaction } from '../platform/database/index.js';
import { cleanText } from './domain/clean-text.js';
import { shardOf } from './domain/lane-shard.js';
import { collect, collectedOf, lanesOf, type Parent, place, type Placed } from './enqueue/collected.js';
import { columns } from './columns.js';
import type { OperationRef } from './domain/operation-id.js';
import { announceEndings, reopenedIn } from './enqueue/endings.js';
import { enqueuedFailure } from './enqueue/enqueued-failure.js';
import { insertGroup, joinGroups, lockGroups, membershipsOf } from './enqueue/groups.js';
import type { EnqueuedOperation, NewOperation } from './operation-kind.js';
import { OperationKinds } from './operation-kinds.js';
import { inheritGroups, supersede, type Superseded } from './enqueue/supersede.js';
import { awaitedBy, awaitedGroupOf, resolveWaits, settleWaits } from './enqueue/waits.js';
import { waitedGroupIn } from './enqueue/waited-change.js';
import { WakeUp } from './wake-up.js';

const ENQUEUE = loadStatement('enqueue', import.meta.url);
const INSERT_OPERATIONS = loadStatement('insert-operations', import.meta.url);
const LANE_KEY = /^[\x21-\x7e]{1,200}$/;
const LARGEST_PAYLOAD_BYTES = 2_048;

interface LaneRow {
  readonly id: number;
  readonly key: string;
  readonly tail_seq: number;
  readonly target_id: number;
  readonly state: string;
}

@Injectable()
export class Queue {
  constructor(
    private readonly kinds: OperationKinds,
    private readonly wakeUp: WakeUp,
  ) {}

  /**
   * Collects `operation`; it is written just before COMMIT, in lane order with the transaction's others.
   * @throws Error for an unknown kind, a malformed lane key or a payload over 2 kB
   */
  enqueue(transaction: Transaction, operation: NewOperation, parent: Parent | null = null): void {
    this.kinds.require(operation.kind);
    if (!LANE_KEY.test(operation.lane))
      throw new Error(`A lane key is 1–200 visible ASCII characters: ${JSON.stringify(operation.lane)}`);
    const payload = JSON.stringify(operation.payload);
    if (Buffer.byteLength(payload) > LARGEST_PAYLOAD_BYTES)
      throw new Error(
        `The payload of ${operation.kind} has ${Buffer.byteLength(payload)} bytes; at most ${LARGEST_PAYLOAD_BYTES} fit. Keep what is large in a row of its own and name that.`,
      );
    collect(transaction, { operation, payload, parent }, () => this.writeCollected(transaction));
  }

  /**
   * Begins a group of operations whose common end matters: enqueue its members with `groups: [id]` in the same
   * transaction. An operation enqueued with `waitsFor: { group: id }` is its follow-up: it begins when nothing of the
   * group is open any more.
   */
  openGroup(
    transaction: Transaction,
    group: { readonly subject: string; readonly actor: string },
  ): Promise<number> {
    return insertGroup(transaction, group);
  }

  /**
   * Writes what was collected so far. For the flush, which must lock lanes in this order before others.
   * @param ending operations that end in the same transaction: their groups are locked with those of the new ones
   */
  async writeCollected(transaction: Transaction, ending: readonly OperationRef[] = []): Promise<void> {
    const collected = collectedOf(transaction);
    if (collected.length === 0) return;
    const lanes = lanesOf(collected);
    const rows = await transaction.query<LaneRow>(
      ENQUEUE,
      columns(
        lanes,
        ({ key, first, items, isUrgent }) => [
          key,
          first.targetId,
          shardOf(key),
          isUrgent ? 0 : 1,
          items.length,
          first.isSingleUse ?? false,
        ],
        6,
      ),
    );
    const placed = await resolveWaits(transaction, place(lanes, rows));
    const waitedGroup = await waitedGroupIn(transaction);
    await this.#insert(transaction, placed, waitedGroup !== null);
    const superseded = await supersede(
      transaction,
      placed.flatMap(({ laneId, seq, operation: { supersession } }) =>
        supersession ? [{ laneId, seq, supersession }] : [],
      ),
      this.kinds.all().flatMap(({ kind, retryGate }) => (retryGate === 'retry-tick' ? [kind] : [])),
    );
    await this.#recordEnqueued(transaction, placed);
    const opened = await this.#settleGroups(transaction, placed, { waitedGroup, superseded, ending });
    const released = await settleWaits(transaction, placed);
    const due = await enqueuedFailure(transaction, placed, this.kinds);
    this.wake(transaction, [
      ...targetsOfReady([...rows, ...superseded.moved]),
      ...opened,
      ...released,
      ...due,
    ]);
  }

  /** Wakes whoever works for these targets once the transaction has committed. */
  wake(transaction: Transaction, targetIds: readonly number[]): void {
    if (targetIds.length > 0) transaction.afterCommit(() => this.wakeUp.announce(new Set(targetIds)));
  }

  async #insert(transaction: Transaction, placed: readonly Placed[], isWaited: boolean): Promise<void> {
    await transaction.query(
      INSERT_OPERATIONS,
      columns(
        placed,
        ({ laneId, seq, operation, payload, parent }) => [
          laneId,
          seq,
          operation.kind,
          operation.failure ? 'FAILED' : 'CREATED',
          cleanText(operation.subject),
          payload,
          operation.actor.name,
          operation.actor.requestId,
          parent?.laneId ?? null,
          parent?.seq ?? null,
          parent?.ordinal ?? null,
          operation.supersession ?? null,
          isWaited || (operation.groups?.length ?? 0) > 0 || (parent?.isGrouped ?? false),
          awaitedBy(operation)?.laneId ?? null,
          awaitedBy(operation)?.seq ?? null,
          awaitedGroupOf(operation),
        ],
        16,
      ),
    );
  }

  async #recordEnqueued(transaction: Transaction, placed: readonly Placed[]): Promise<void> {
    for (const kind of new Set(placed.map(({ operation }) => operation.kind))) {
      const ofKind = placed.filter(({ operation }) => operation.kind === kind);
      await this.kinds.require(kind).recordEnqueued?.(transaction, ofKind.map(toEnqueued));
    }
  }

  /** All that happens to groups, once every group is locked; gives the targets that have due work now. */
  async #settleGroups(
    transaction: Transaction,
    placed: readonly Placed[],
    {
      waitedGroup,
      superseded: { replaced, moved },
      ending,
    }: { waitedGroup: number | null; superseded: Superseded; ending: readonly OperationRef[] },
  ): Promise<number[]> {
    const memberships = await membershipsOf(transaction, placed, waitedGroup);
    const reopened = await reopenedIn(
      transaction,
      moved.map(({ id }) => id),
    );
    const left = replaced.filter((row) => row.is_grouped);
    const groups = [
      ...memberships.map(({ groupId }) => groupId),
      ...placed.flatMap(({ operation }) => awaitedGroupOf(operation) ?? []),
    ];
    if (groups.length + reopened.length + left.length === 0) return [];
    await lockGroups(transaction, groups, [
      ...reopened,
      ...left.map((row) => ({ laneId: row.lane_id, seq: row.seq })),
      ...ending,
    ]);
    await joinGroups(transaction, memberships);
    // Also of what was replaced in the transaction that enqueued it.
    await inheritGroups(transaction, replaced);
    return announceEndings(transaction, reopened);
  }
}

function targetsOfReady(lanes: readonly { readonly state: string; readonly target_id: number }[]): number[] {
  return lanes.filter(({ state }) => state === 'ready').map((row) => row.target_id);
}

function toEnqueued({ laneId, seq, operation }: Placed): EnqueuedOperation {
  return { laneId, seq, payload: operation.payload, actor: operation.actor };
}
