// How far the seals are behind the record, for scrapes and the doctor.
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { Database, loadStatement } from '../platform/database/index.js';
import { Diagnosis, fault, fine, type Observation } from '../platform/diagnosis/index.js';
import { Metrics } from '../platform/metrics/index.js';

const OLDEST_UNSEALED = loadStatement('oldest-unsealed', import.meta.url);
/** A record is sealed within a second or two; a transaction of its own kind may hold it back for longer. */
const LATE_SECONDS = 300;

@Injectable()
export class AuditLag implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly metrics: Metrics,
    private readonly diagnosis: Diagnosis,
  ) {}

  onModuleInit(): void {
    const seconds = (): Promise<number> => this.seconds();
    this.metrics.registry.registerMetric(
      new Gauge({
        name: 'provost_audit_unsealed_seconds',
        help: 'How long the oldest audit record after the last sealed one has waited for its seal.',
        registers: [],
        async collect() {
          this.set(await seconds());
        },
      }),
    );
    this.diagnosis.add({ area: 'audit', subject: 'The seals of the audit record', look: () => this.#look() });
  }

  async seconds(): Promise<number> {
    const [row] = await this.database.query<{ seconds: number }>(OLDEST_UNSEALED);
    return row?.seconds ?? 0;
  }

  async #look(): Promise<Observation[]> {
    const lag = await this.seconds();
    if (lag <= LATE_SECONDS) return [fine('Records are sealed soon after they are written.', 'audit record')];
    return [
      fault(
        `No record has been sealed for ${Math.round(lag)} s: until then nobody could prove that one was changed.`,
        'audit record',
        'See what the log of a worker or scheduler says of sealing; provost audit verify tells more.',
      ),
    ];
  }
}
