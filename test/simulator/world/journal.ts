// What the simulated world saw, kept apart from the queue's own rows, and the promises that are checked as it happens.
import type { Collected } from '../../../src/queue/enqueue/collected.js';
import type { OperationRef } from '../../../src/queue/domain/operation-id.js';
import type { SimulatedProcess } from '../engine/simulated-process.js';
import { keyOf, type Operation, type Tables } from '../model/tables.js';
import type { Observer, Request } from './simulated-system.js';
import type { Story } from './story.js';

/** An operation as whoever enqueued it knows it. */
export interface Enqueued {
  readonly note: string;
  readonly kind: string;
  /** `unknown`: the answer to its commit was lost. */
  answer: 'acknowledged' | 'unknown';
}

interface Travelling {
  readonly request: Request;
  readonly process: SimulatedProcess;
}

export class Journal implements Observer {
  readonly enqueued = new Map<string, Enqueued>();
  /** What was applied, by operation, in order. */
  readonly effects: Request[] = [];
  /** Operations that the system refused for good. */
  readonly refused = new Set<string>();
  /** Which executor began an attempt of which operation. */
  readonly #begun = new Set<string>();
  /** Executors that died with an attempt of theirs begun, by operation. */
  readonly #deaths = new Map<string, number>();
  readonly #travelling = new Map<string, Travelling>();
  readonly #processes = new Map<number, SimulatedProcess>();

  constructor(
    private readonly tables: Tables,
    private readonly story: Story,
  ) {}

  onRegistered(executorId: number, process: SimulatedProcess): void {
    this.#processes.set(executorId, process);
    this.story.tell(null, () => `${process.name} registers as executor ${executorId}`);
  }

  noteEnqueued(collected: readonly Collected[], answer: Enqueued['answer']): void {
    for (const { operation } of collected) {
      const { note } = operation.payload as { note: string };
      this.enqueued.set(note, { note, kind: operation.kind, answer });
    }
  }

  /** Call at the first moment of an attempt. */
  onBegun(process: SimulatedProcess, ref: OperationRef): void {
    const key = keyOf(ref);
    const lane = this.tables.lanes.get(ref.laneId);
    this.story.tell(key, () => `${process.name} begins ${key}`);
    if (lane?.owner !== null && lane?.owner !== undefined) this.#begun.add(`${key}@${lane.owner}`);
    this.#checkOwned(process, ref, 'began');
    const operation = this.tables.find(ref.laneId, ref.seq);
    if (!lane || !operation) return;
    this.#checkWait(operation);
    const isNotBegun = ['CREATED', 'NOT_EXECUTED', 'BLOCKED'].includes(operation.state);
    const { mode } = this.tables.target(lane.targetId);
    if (mode === 'asynchronous' && isNotBegun && ref.seq > lane.admitted)
      this.story.break('admitted only', key, `${key} began before a tick of ProvisioningQueue admitted it`);
  }

  onRefused(ref: OperationRef): void {
    this.refused.add(keyOf(ref));
  }

  onRescued(executorId: number, ref: OperationRef, isParked: boolean): void {
    const key = keyOf(ref);
    const deaths = (this.#deaths.get(key) ?? 0) + Number(this.#begun.has(`${key}@${executorId}`));
    this.#deaths.set(key, deaths);
    this.story.tell(
      key,
      () => `${key} is taken back from executor ${executorId}${isParked ? ', and parked' : ''}`,
    );
    const isPoison = this.tables.find(ref.laneId, ref.seq)?.kind === 'poison';
    if (isParked && !isPoison && deaths < 3)
      this.story.break(
        'only poison is parked by crashes',
        key,
        `${key} is parked, and ${deaths} of its executors died while it ran`,
      );
  }

  onSettled(executorId: number, ref: OperationRef): void {
    if (this.tables.isAlive(executorId)) return;
    const key = keyOf(ref);
    this.story.break('fenced', key, `${key} was settled by executor ${executorId}, which is dead`);
  }

  /** A person made it start afresh. */
  onRetried(ref: OperationRef): void {
    this.#deaths.delete(keyOf(ref));
  }

  onSent(process: SimulatedProcess, request: Request): void {
    const { operation } = request;
    const [laneId = 0, seq = 0] = operation.split('-').map(Number);
    this.story.tell(operation, () => `${process.name} sends ${describe(request)}`);
    this.#checkOwned(process, { laneId, seq }, 'sent');
    const other = this.#travelling.get(`${laneId}`);
    if (other)
      this.story.break(
        'one at a time',
        operation,
        `${operation} was sent by ${process.name} while ${other.request.operation}, sent by ${other.process.name}, was on its way`,
      );
    this.#travelling.set(`${laneId}`, { request, process });
  }

  onDropped(request: Request): void {
    this.#end(request);
    this.story.tell(request.operation, () => `${describe(request)} does not arrive`);
  }

  onApplied(request: Request): void {
    this.#end(request);
    const { operation } = request;
    this.story.tell(operation, () => `the system carries out ${describe(request)}`);
    const archived = this.tables.archive.get(operation);
    if (archived && archived.state !== 'CANCELED')
      this.story.break(
        'in order',
        operation,
        `${operation} took effect after it had ended as ${archived.state}`,
      );
    this.#checkTwice(request);
    this.#checkOrder(request);
    this.effects.push(request);
  }

  /** What workers have in hand, or may be about to begin. */
  handedOut(): string[] {
    return [...this.tables.lanes.values()]
      .filter(({ state }) => state === 'leased')
      .flatMap(({ id, handed }) => this.tables.operationsOf(id).filter(({ seq }) => seq <= handed))
      .map((operation) => keyOf(operation));
  }

  /** @param inHand before something was enqueued */
  checkKept(inHand: readonly string[]): void {
    for (const key of inHand) {
      if (this.tables.archive.get(key)?.state === 'SUPERSEDED')
        this.story.break('superseded is not executed', key, `${key} was superseded while a worker had it`);
    }
  }

  effectsOf(operation: string): Request[] {
    return this.effects.filter((request) => request.operation === operation);
  }

  #end(request: Request): void {
    const [lane = ''] = request.operation.split('-');
    if (this.#travelling.get(lane)?.request === request) this.#travelling.delete(lane);
  }

  /** Whether the operation is the head of a lane that this process has in hand. */
  isOwner(process: SimulatedProcess, { laneId, seq }: OperationRef): boolean {
    const owner = this.tables.lanes.get(laneId)?.owner ?? null;
    const isHead = this.tables.headOf(laneId)?.seq === seq;
    return isHead && owner !== null && this.#processes.get(owner) === process;
  }

  #checkOwned(process: SimulatedProcess, ref: OperationRef, did: string): void {
    const key = keyOf(ref);
    const lane = this.tables.lanes.get(ref.laneId);
    const owner =
      lane?.owner === null || lane?.owner === undefined ? undefined : this.#processes.get(lane.owner);
    if (owner !== process)
      this.story.break(
        'fenced',
        key,
        `${process.name} ${did} ${key}, whose lane is ${lane ? `${lane.state}${owner ? ` by ${owner.name}` : ''}` : 'gone'}`,
      );
    else if (this.tables.headOf(ref.laneId)?.seq !== ref.seq)
      this.story.break(
        'in order',
        key,
        `${process.name} ${did} ${key} while the head of its lane is ${this.tables.headOf(ref.laneId)?.seq ?? 'none'}`,
      );
  }

  #checkWait({ laneId, seq, waitsFor }: Operation): void {
    if (!waitsFor) return;
    const key = keyOf({ laneId, seq });
    if ('laneId' in waitsFor) {
      if (this.tables.find(waitsFor.laneId, waitsFor.seq))
        this.story.break(
          'waits',
          key,
          `${key} began before ${keyOf(waitsFor)}, which it waits for, had ended`,
        );
      return;
    }
    const open = openMembers(this.tables, waitsFor.group);
    if (open.length > 0)
      this.story.break(
        'groups end with their last',
        key,
        `${key} began while ${open.join(', ')} of its group ${waitsFor.group} had not ended`,
      );
  }

  #checkTwice({ operation, change }: Request): void {
    const earlier = this.effectsOf(operation);
    const isAgain = earlier.some((one) =>
      change.verb === 'match' && one.change.verb === 'match' ? one.change.version === change.version : true,
    );
    if (isAgain) this.story.break('none twice', operation, `${operation} took effect twice`);
  }

  #checkOrder({ operation, change }: Request): void {
    const [lane, seq] = operation.split('-').map(Number);
    for (const earlier of this.effects) {
      const [earlierLane, earlierSeq] = earlier.operation.split('-').map(Number);
      if (earlierLane !== lane) continue;
      if ((earlierSeq ?? 0) > (seq ?? 0))
        this.story.break('in order', operation, `${operation} took effect after ${earlier.operation}`);
      if (
        change.verb === 'match' &&
        earlier.change.verb === 'match' &&
        earlier.change.version > change.version
      )
        this.story.break('in order', operation, `${operation} put back an older state`);
    }
  }
}

/** Members that have neither ended nor wait for a person. */
export function openMembers(tables: Tables, groupId: number): string[] {
  return tables.members
    .filter((one) => one.groupId === groupId)
    .flatMap((one) => {
      const operation = tables.find(one.laneId, one.seq);
      if (!operation) return [];
      const isParked = tables.lane(one.laneId).state === 'parked' && tables.headOf(one.laneId) === operation;
      return isParked ? [] : [keyOf(one)];
    });
}

function describe({ operation, change }: Request): string {
  const what = change.verb === 'match' ? `match ${change.version}` : change.verb;
  return `${operation} (${what})`;
}
