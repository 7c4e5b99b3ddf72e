// The queue as the database holds it, for scrapes. Targets are labelled by id: anybody may scrape, and a name tells.
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { Metrics } from '../platform/metrics/index.js';
import { COUNTED_STATES, type TargetStanding, TargetStandings } from './target-standings.js';

@Injectable()
export class QueueGauges implements OnModuleInit {
  constructor(
    private readonly metrics: Metrics,
    private readonly standings: TargetStandings,
  ) {}

  onModuleInit(): void {
    this.#register({
      name: 'provost_queue_lanes',
      help: 'Lanes by target and state; 1000 stands for that many or more.',
      labelNames: ['target', 'state'],
      set: (gauge, { id, lanes }) => {
        for (const state of COUNTED_STATES) gauge.set({ target: id, state }, lanes[state]);
      },
    });
    this.#register({
      name: 'provost_queue_oldest_due_seconds',
      help: 'How long the oldest lane of the target has waited that a worker may take.',
      labelNames: ['target'],
      set: (gauge, { id, oldestDueSeconds }) => gauge.set({ target: id }, oldestDueSeconds),
    });
    this.#register({
      name: 'provost_queue_target_held',
      help: 'Whether a person, or a restored backup, holds the target.',
      labelNames: ['target'],
      set: (gauge, { id, hold }) => gauge.set({ target: id }, hold === null ? 0 : 1),
    });
    this.#register({
      name: 'provost_queue_breaker_open',
      help: 'Whether the breaker of the target is open, or one attempt looks whether it may close.',
      labelNames: ['target'],
      set: (gauge, { id, breakerOpenUntil }) => gauge.set({ target: id }, breakerOpenUntil === null ? 0 : 1),
    });
    const { standings } = this;
    this.metrics.registry.registerMetric(
      new Gauge({
        name: 'provost_queue_is_read',
        help: 'Whether the queue could be read for this answer; while it is 0 its gauges are absent.',
        registers: [],
        async collect() {
          this.set(
            await standings.all().then(
              () => 1,
              () => 0,
            ),
          );
        },
      }),
    );
  }

  #register<Label extends string>({
    set,
    ...declared
  }: {
    readonly name: string;
    readonly help: string;
    readonly labelNames: Label[];
    readonly set: (gauge: Gauge<Label>, target: TargetStanding) => void;
  }): void {
    const { standings } = this;
    this.metrics.registry.registerMetric(
      new Gauge<Label>({
        ...declared,
        registers: [],
        async collect() {
          const targets = await standings.all();
          this.reset();
          for (const target of targets) set(this, target);
        },
      }),
    );
  }
}
