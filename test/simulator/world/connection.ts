// A process's way to the database: every call takes time, and may fail before or after it took effect, or be cut off with
// its process.
import type { Chaos } from '../engine/chaos.js';
import type { Random } from '../engine/random.js';
import type { Scheduler } from '../engine/scheduler.js';
import type { SimulatedProcess } from '../engine/simulated-process.js';

/** The client gives a statement up after this; it may still arrive. */
const GIVEN_UP_AFTER_MS = 12_000;

export interface Network {
  readonly scheduler: Scheduler;
  readonly chaos: Chaos;
  readonly random: Random;
  /** Whether the database can be reached. */
  readonly isUp: () => boolean;
}

type Call<Result> = () => Promise<Result> | Result;

interface Answering<Result> {
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

export class Connection {
  constructor(
    private readonly network: Network,
    private readonly process: SimulatedProcess,
  ) {}

  /** One statement: once sent it arrives, whatever becomes of the process. */
  statement<Result>(call: Call<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#send(call, { resolve, reject }, false);
    });
  }

  /** A transaction of several statements: without its process it is rolled back. */
  transaction<Result>(call: Call<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#send(call, { resolve, reject }, true);
    });
  }

  #send<Result>(call: Call<Result>, answering: Answering<Result>, needsProcess: boolean): void {
    const { scheduler, chaos, random, isUp } = this.network;
    if (!isUp()) return this.#reply(random.between(1, 3_000), () => answering.reject(lost('ECONNREFUSED')));
    if (chaos.strikes('connection-lost'))
      return this.#reply(random.between(1, 200), () => answering.reject(lost('ECONNRESET')));
    const there = this.#travelMs();
    let isGivenUp = false;
    if (there > GIVEN_UP_AFTER_MS)
      this.#reply(GIVEN_UP_AFTER_MS, () => {
        isGivenUp = true;
        answering.reject(new Error('Query read timeout'));
      });
    scheduler.at(there, () => {
      const isCutOff = !this.process.isAlive && (needsProcess || random.chance(0.5));
      if (!isUp() || isCutOff)
        this.#reply(random.between(0, 500), () => answering.reject(lost('ECONNRESET')));
      else if (needsProcess && (isGivenUp || (this.process.isFrozen && random.chance(0.5))))
        this.#reply(0, () => answering.reject(lost('57P05')));
      // Its next statement goes out when it is awake again, however much later that is.
      else if (needsProcess && this.process.isFrozen)
        this.#reply(0, () => void this.#carryOut(call, answering));
      else void this.#carryOut(call, answering);
    });
  }

  async #carryOut<Result>(call: Call<Result>, { resolve, reject }: Answering<Result>): Promise<void> {
    const { chaos, random } = this.network;
    try {
      const result = await call();
      const isLost = chaos.strikes('commit-unknown');
      this.#reply(random.between(0, 5), () => (isLost ? reject(lost('ECONNRESET')) : resolve(result)));
    } catch (error) {
      this.#reply(1, () => reject(error));
    }
  }

  #reply(delayMs: number, answer: () => void): void {
    this.network.scheduler.at(delayMs, answer, this.process);
  }

  #travelMs(): number {
    const { chaos, random } = this.network;
    if (!chaos.strikes('slow-statement')) return random.between(0, 8);
    return random.chance(0.1) ? random.between(2_000, 40_000) : random.between(20, 2_000);
  }
}

export function lost(code: string): Error {
  return Object.assign(new Error('connection lost'), { code });
}
