// A world of a few processes, one database and three systems, made from a seed.
import type { Collected } from '../../../src/queue/enqueue/collected.js';
import type { NewOperation } from '../../../src/queue/operation-kind.js';
import type { OperationKinds } from '../../../src/queue/operation-kinds.js';
import { Chaos } from '../engine/chaos.js';
import { Random } from '../engine/random.js';
import { Scheduler } from '../engine/scheduler.js';
import { EPOCH_MS, SimulatedProcess } from '../engine/simulated-process.js';
import { writeCollected } from '../model/enqueue.js';
import { MemoryQueueStore, type MemoryStoreDependencies } from '../model/memory-queue-store.js';
import { People } from '../model/people.js';
import { Tables } from '../model/tables.js';
import { Journal } from './journal.js';
import { kindsOf, NOTICES_TARGET, PROMPT_TARGET, SLOW_TARGET, type World } from './kinds.js';
import { Connection, type Network } from './connection.js';
import { SimulatedNode } from './simulated-node.js';
import { SimulatedSystem } from './simulated-system.js';
import { Story } from './story.js';
import { TARGETS } from './targets.js';

const NODES = 3;
const PROVISIONING_QUEUE_EVERY_MS = 10_000;
const RETRY_PROVISIONING_EVERY_MS = 5_000;
const SUPERVISED_EVERY_MS = 2_000;

/** What may be broken on purpose, to see that it is noticed. */
export interface Variant {
  readonly store?: (deps: MemoryStoreDependencies) => MemoryQueueStore;
  readonly readsBack?: boolean;
  /** Whether operations may be replaced that a worker has in hand. */
  readonly replacesHandedOut?: boolean;
}

export class Simulation {
  readonly random: Random;
  readonly scheduler: Scheduler;
  readonly chaos: Chaos;
  readonly story: Story;
  readonly tables: Tables;
  readonly people: People;
  readonly journal: Journal;
  readonly systems: ReadonlyMap<number, SimulatedSystem>;
  readonly versions = new Map<string, number>();
  readonly nodes: SimulatedNode[] = [];
  isDatabaseUp = true;
  readonly #network: Network;
  readonly #world: World;
  readonly #store: MemoryQueueStore;
  readonly #kinds: OperationKinds;
  readonly #client: Connection;
  #started = 0;
  #enqueuing = 0;

  constructor(
    seed: number,
    isTold: boolean,
    private readonly variant: Variant = {},
  ) {
    this.random = new Random(seed);
    this.scheduler = new Scheduler(this.random);
    this.chaos = new Chaos(this.random);
    this.story = new Story(this.scheduler, isTold);
    this.tables = new Tables(() => EPOCH_MS + this.scheduler.nowMs);
    for (const target of TARGETS) this.tables.targets.set(target.id, { ...target });
    this.journal = new Journal(this.tables, this.story);
    this.people = new People(this.tables, (targets) => this.#wake(targets));
    const { scheduler, random, chaos } = this;
    this.systems = new Map(
      [NOTICES_TARGET, PROMPT_TARGET, SLOW_TARGET].map((id) => [
        id,
        new SimulatedSystem(scheduler, random, chaos, this.journal),
      ]),
    );
    this.#world = { ...this.#parts(), readsBack: variant.readsBack ?? true };
    const client = new SimulatedProcess('client', scheduler);
    this.#kinds = kindsOf(this.#world, client);
    const deps: MemoryStoreDependencies = {
      tables: this.tables,
      kinds: this.#kinds,
      wake: (targets) => this.#wake(targets),
      isRowHeld: () => chaos.strikes('row-held'),
      isLookStale: (laneId) => this.#isNew(laneId) && chaos.strikes('stale-look'),
      onSettled: (executorId, ref) => this.journal.onSettled(executorId, ref),
      onRescued: (executorId, ref, isParked) => this.journal.onRescued(executorId, ref, isParked),
    };
    this.#store = variant.store?.(deps) ?? new MemoryQueueStore(deps);
    this.#network = { scheduler, random, chaos, isUp: () => this.isDatabaseUp };
    this.#client = new Connection(this.#network, client);
    for (let slot = 0; slot < NODES; slot += 1) this.startNode(slot);
    this.#tick();
    this.#supervise();
  }

  startNode(slot: number): void {
    this.#started += 1;
    const name = `node ${slot + 1}.${this.#started}`;
    this.nodes[slot] = new SimulatedNode(name, this.#network, this.#store, this.#world, this.journal);
    this.story.tell(null, () => `${name} starts`);
  }

  /** Enqueues in one transaction of a client whose connection is as bad as everybody's. */
  enqueue(build: () => readonly NewOperation[]): void {
    this.#enqueuing += 1;
    void this.#client
      .transaction(async () => {
        const collected = await this.tables.transact(async () => {
          const made = build().map(toCollected);
          const inHand = this.journal.handedOut();
          const { placed, targets } = writeCollected(this.tables, made, this.#kinds, this.variant);
          this.#wake(targets);
          this.journal.checkKept(inHand);
          for (const { laneId, seq, operation } of placed)
            this.story.tell(`${laneId}-${seq}`, () => `${laneId}-${seq} is enqueued: ${operation.subject}`);
          return made;
        });
        this.#noteVersions(collected);
        this.journal.noteEnqueued(collected, 'unknown');
        return collected;
      })
      .then((collected) => this.journal.noteEnqueued(collected, 'acknowledged'))
      .catch(() => undefined)
      .finally(() => {
        this.#enqueuing -= 1;
      });
  }

  /** Whether work is on its way into the queue. */
  get isEnqueuing(): boolean {
    return this.#enqueuing > 0;
  }

  /** Does something directly on the tables, as one transaction that goes well. */
  async change(work: () => void): Promise<void> {
    await this.tables.transact(async () => work());
  }

  #parts(): Omit<World, 'readsBack'> {
    const { chaos, story, journal, systems, versions } = this;
    return { chaos, story, journal, systems, versions };
  }

  /** The registry commits its change with the operation that follows from it. */
  #noteVersions(collected: readonly Collected[]): void {
    for (const { operation } of collected) {
      if (operation.supersession !== 'state') continue;
      const { account } = operation.payload as { account: string };
      this.versions.set(account, (this.versions.get(account) ?? 0) + 1);
    }
  }

  #wake(targetIds: readonly number[]): void {
    if (targetIds.length === 0) return;
    for (const node of this.nodes)
      if (node.process.isAlive && !this.chaos.strikes('wake-up-lost')) node.ring();
  }

  /** Whether all that the lane holds was committed a moment ago. */
  #isNew(laneId: number): boolean {
    const since = this.tables.clock() - 20;
    return this.tables.operationsOf(laneId).every(({ createdAt }) => createdAt >= since);
  }

  #tick(): void {
    const every = (milliseconds: number, work: () => void): void => {
      this.scheduler.at(milliseconds, () => {
        if (!this.chaos.strikes('tick-missed')) void this.change(work);
        every(milliseconds, work);
      });
    };
    every(PROVISIONING_QUEUE_EVERY_MS, () => this.people.admitCreated());
    every(RETRY_PROVISIONING_EVERY_MS, () => this.people.openDueRetries());
  }

  /** Starts what died again. */
  #supervise(): void {
    this.scheduler.at(SUPERVISED_EVERY_MS, () => {
      for (const [slot, node] of this.nodes.entries()) if (!node.process.isAlive) this.startNode(slot);
      this.#supervise();
    });
  }
}

function toCollected(operation: NewOperation): Collected {
  return { operation, payload: JSON.stringify(operation.payload), parent: null };
}
