// The two scheduled ticks of provisioning: what they open, workers execute.
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Targets } from '../../queue/index.js';
import { Schedules } from '../../schedule/index.js';

@Injectable()
export class ProvisioningExecutors implements OnModuleInit {
  constructor(
    private readonly schedules: Schedules,
    private readonly targets: Targets,
  ) {}

  onModuleInit(): void {
    this.schedules.register({
      name: 'ProvisioningQueueTaskExecutor',
      about:
        'Admits what waits for asynchronous systems: everything accepted before the tick, nothing after.',
      defaultCron: '0 * * * * *',
      defaultZone: 'UTC',
      run: async () => ({ admitted: await this.targets.admitCreated() }),
    });
    this.schedules.register({
      name: 'RetryProvisioningTaskExecutor',
      about:
        'Tries failed provisioning again once its time has come; it processes failed operations and nothing else.',
      defaultCron: '*/5 * * * * *',
      defaultZone: 'UTC',
      run: async () => ({ opened: await this.targets.openDueRetries() }),
    });
  }
}
