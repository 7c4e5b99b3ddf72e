// A held queue is seen from outside: by probes as a warning, for whoever must release it asks the same process; by scrapes.
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { Database } from '../../platform/database/index.js';
import { Health } from '../../platform/health/index.js';
import { Metrics } from '../../platform/metrics/index.js';
import { isHeldAfterRestore } from './restoration.queries.js';

@Injectable()
export class RestorationSignals implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly health: Health,
    private readonly metrics: Metrics,
  ) {}

  onModuleInit(): void {
    const { database } = this;
    this.health.addWarning('restoration', async () =>
      (await isHeldAfterRestore(database))
        ? 'the database was restored from a backup: nothing is sent until a person releases the queue'
        : undefined,
    );
    this.metrics.registry.registerMetric(
      new Gauge({
        name: 'provost_queue_restored',
        help: '1 while the queue is held because its database was restored from a backup.',
        registers: [],
        async collect() {
          this.set((await isHeldAfterRestore(database)) ? 1 : 0);
        },
      }),
    );
  }
}
