// One process of Provost in the simulation: the real worker and the real rescue, on simulated time and storage.
import { queueTimes } from '../../../src/queue/queue.config.js';
import type { QueueStore } from '../../../src/queue/worker/queue-store.js';
import { rescue } from '../../../src/queue/worker/rescue.js';
import { Worker } from '../../../src/queue/worker/worker.js';
import { SimulatedProcess } from '../engine/simulated-process.js';
import type { Journal } from './journal.js';
import { kindsOf, type World } from './kinds.js';
import type { Network } from './connection.js';
import { RemoteStore } from './remote-store.js';

const TIMES = queueTimes(1);
const CONCURRENCY = 6;
const NO_FIGURES = {
  claimed: () => undefined,
  returned: () => undefined,
  settled: () => undefined,
  flushed: () => undefined,
};

export class SimulatedNode {
  readonly process: SimulatedProcess;
  readonly #worker: Worker;
  isStopping = false;

  constructor(
    name: string,
    private readonly network: Network,
    store: QueueStore,
    world: World,
    journal: Journal,
  ) {
    const { scheduler, random } = network;
    this.process = new SimulatedProcess(name, scheduler);
    const remote = new RemoteStore(store, network, this.process, (id) =>
      journal.onRegistered(id, this.process),
    );
    this.#worker = new Worker({
      store: remote,
      kinds: kindsOf(world, this.process),
      figures: NO_FIGURES,
      clock: this.process.clock,
      draw: random.draw,
      times: TIMES,
      timeFactor: 1,
      concurrency: CONCURRENCY,
      roles: ['worker'],
    });
    this.#worker.start();
    this.#heal(remote);
  }

  ring(): void {
    this.network.scheduler.at(this.network.random.between(1, 10), () => this.#worker.ring(), this.process);
  }

  /** Ends it in order; what it has in hand comes to its end or is given back. */
  async stop(): Promise<void> {
    this.isStopping = true;
    await this.#worker.stop();
  }

  /** As QueueRuntime does it. */
  #heal(store: QueueStore): void {
    let isHealing = false;
    const heal = async (): Promise<void> => {
      isHealing = true;
      try {
        if ((await rescue(store, TIMES)) > 0) this.#worker.ring();
        await store.sweep();
      } catch {
        // The database is away: the next time is soon.
      } finally {
        isHealing = false;
      }
    };
    this.process.clock.every(TIMES.rescueEvery, () => {
      if (!isHealing && !this.isStopping) void heal();
    });
  }
}
