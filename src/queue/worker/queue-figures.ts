import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Counter, Gauge, Histogram } from 'prom-client';
import { Database } from '../../platform/database/index.js';
import { Metrics } from '../../platform/metrics/index.js';
import type { Flushed } from './flush.js';

type Listener = (flushed: Flushed) => void;

/** The queue in figures, and a signal for whoever waits for an operation to end. */
@Injectable()
export class QueueFigures implements OnModuleInit {
  readonly #listeners = new Set<Listener>();
  readonly #attempts = new Counter({
    name: 'provost_queue_attempts_total',
    help: 'Attempts that ended, by kind of operation and outcome.',
    labelNames: ['kind', 'outcome'],
    registers: [],
  });
  readonly #seconds = new Histogram({
    name: 'provost_queue_attempt_seconds',
    help: 'How long attempts took.',
    labelNames: ['kind'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 20],
    registers: [],
  });
  readonly #rescued = new Counter({
    name: 'provost_queue_rescued_lanes_total',
    help: 'Lanes taken back from dead executors.',
    registers: [],
  });

  constructor(
    private readonly metrics: Metrics,
    private readonly database: Database,
  ) {}

  onModuleInit(): void {
    for (const metric of [this.#attempts, this.#seconds, this.#rescued])
      this.metrics.registry.registerMetric(metric);
    const { database } = this;
    this.metrics.registry.registerMetric(
      new Gauge({
        name: 'provost_queue_lanes',
        help: 'Lanes by state, idle ones left out.',
        labelNames: ['state'],
        registers: [],
        async collect() {
          const rows = await database.query<{ state: string; lanes: number }>(
            `select state, count(*) as lanes from queue_lanes where state <> 'idle' group by state`,
          );
          this.reset();
          for (const { state, lanes } of rows) this.set({ state }, lanes);
        },
      }),
    );
    this.metrics.registry.registerMetric(
      new Gauge({
        name: 'provost_queue_oldest_due_seconds',
        help: 'Age of the oldest lane that is due and not yet taken.',
        registers: [],
        async collect() {
          const [row] = await database.query<{ seconds: number | null }>(
            `select extract(epoch from now() - min(run_at))::float8 as seconds from queue_lanes where state = 'ready' and run_at <= now()`,
          );
          this.set(row?.seconds ?? 0);
        },
      }),
    );
  }

  settled(flushed: Flushed): void {
    const { operation, result, tookMs } = flushed.attempt;
    this.#attempts.inc({ kind: operation.kind, outcome: result.kind });
    this.#seconds.observe({ kind: operation.kind }, tookMs / 1_000);
    for (const listener of this.#listeners) listener(flushed);
  }

  rescued(lanes: number): void {
    this.#rescued.inc(lanes);
  }

  /** Calls `listener` after every settled attempt of this process; returns how to stop. */
  onSettled(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
