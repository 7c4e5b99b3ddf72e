// What this process does, in figures, and a signal for whoever waits for an operation to end.
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Counter, Gauge, Histogram } from 'prom-client';
import { Metrics } from '../../platform/metrics/index.js';
import type { Flushed } from './flush.js';

type Listener = (flushed: Flushed) => void;

@Injectable()
export class QueueFigures implements OnModuleInit {
  readonly #listeners = new Set<Listener>();
  readonly #attempts = new Counter({
    name: 'provost_queue_attempts_total',
    help: 'Attempts of this process that ended, by kind of operation and outcome.',
    labelNames: ['kind', 'outcome'],
    registers: [],
  });
  readonly #attemptSeconds = new Histogram({
    name: 'provost_queue_attempt_seconds',
    help: 'How long attempts of this process took, by kind of operation and target.',
    labelNames: ['kind', 'target'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 20],
    registers: [],
  });
  readonly #claims = new Counter({
    name: 'provost_queue_claims_total',
    help: 'Looks of this process for due lanes.',
    registers: [],
  });
  readonly #claimedLanes = new Counter({
    name: 'provost_queue_claimed_lanes_total',
    help: 'Lanes that this process took in hand.',
    registers: [],
  });
  readonly #inHand = new Gauge({
    name: 'provost_queue_lanes_in_hand',
    help: 'Lanes that this process has in hand.',
    registers: [],
  });
  readonly #flushSeconds = new Histogram({
    name: 'provost_queue_flush_seconds',
    help: 'How long this process took to settle attempts that ended together.',
    buckets: [0.002, 0.005, 0.01, 0.05, 0.2, 1, 5],
    registers: [],
  });
  readonly #flushOperations = new Histogram({
    name: 'provost_queue_flush_operations',
    help: 'How many attempts this process settled together.',
    buckets: [1, 2, 5, 10, 25, 50, 100, 250, 500],
    registers: [],
  });
  readonly #rescued = new Counter({
    name: 'provost_queue_rescued_lanes_total',
    help: 'Lanes that this process took back from dead executors: each is an attempt that may have been cut off.',
    registers: [],
  });

  constructor(private readonly metrics: Metrics) {}

  onModuleInit(): void {
    const { registry } = this.metrics;
    for (const metric of [
      this.#attempts,
      this.#attemptSeconds,
      this.#claims,
      this.#claimedLanes,
      this.#inHand,
      this.#flushSeconds,
      this.#flushOperations,
      this.#rescued,
    ])
      registry.registerMetric(metric);
  }

  /** One look for due lanes found so many. */
  claimed(lanes: number): void {
    this.#claims.inc();
    this.#claimedLanes.inc(lanes);
    this.#inHand.inc(lanes);
  }

  /** A lane left this process's hands. */
  returned(): void {
    this.#inHand.dec();
  }

  flushed(operations: number, tookMs: number): void {
    this.#flushOperations.observe(operations);
    this.#flushSeconds.observe(tookMs / 1_000);
  }

  settled(flushed: Flushed): void {
    const { operation, result, tookMs } = flushed.attempt;
    this.#attempts.inc({ kind: operation.kind, outcome: result.kind });
    this.#attemptSeconds.observe({ kind: operation.kind, target: operation.targetId }, tookMs / 1_000);
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
