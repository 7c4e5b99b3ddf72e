// This node's clock against the database's, which all nodes share. What must agree between nodes goes by the database's
// clock; tokens, log lines and the audit's checkpoints carry the node's.
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { Clock } from '../platform/clock/index.js';
import { Database } from '../platform/database/index.js';
import { Diagnosis, fault, fine, type Observation, warning } from '../platform/diagnosis/index.js';
import { Metrics } from '../platform/metrics/index.js';
import { clockDifference, type ClockDifference } from './clock-difference.js';

const NOTICEABLE_MS = 2_000;
/** A token that lives for ten minutes can bear this, and no more. */
const UNBEARABLE_MS = 30_000;
const WHERE = 'the clock of this node';
const WHAT_TO_DO =
  'Let a time service (chrony, systemd-timesyncd) set the clocks of this node and of the database.';

@Injectable()
export class ClockChecks implements OnModuleInit {
  constructor(
    private readonly diagnosis: Diagnosis,
    private readonly metrics: Metrics,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    const measure = (): Promise<ClockDifference> => clockDifference(this.database, this.clock);
    this.diagnosis.add({
      area: 'clock',
      subject: 'The clocks',
      look: async () => [judgeClock(await measure())],
    });
    this.metrics.registry.registerMetric(
      new Gauge({
        name: 'provost_clock_ahead_seconds',
        help: "How far this node's clock is ahead of the database's; absent while that is away.",
        registers: [],
        async collect() {
          this.set((await measure()).aheadMs / 1_000);
        },
      }),
    );
  }
}

export function judgeClock({ aheadMs, uncertaintyMs }: ClockDifference): Observation {
  const certainMs = Math.max(0, Math.abs(aheadMs) - uncertaintyMs);
  if (certainMs <= NOTICEABLE_MS)
    return fine("This node's clock and the database's agree within two seconds.", WHERE);
  const direction = aheadMs > 0 ? 'ahead of' : 'behind';
  const what = `This node's clock is ${Math.round(certainMs / 100) / 10} s ${direction} the database's.`;
  return certainMs > UNBEARABLE_MS
    ? fault(`${what} Tokens of this node are refused by others, or live too long.`, WHERE, WHAT_TO_DO)
    : warning(what, WHERE, WHAT_TO_DO);
}
