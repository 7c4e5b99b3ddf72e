// The two scheduled ticks of provisioning: what they open, workers execute.
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { GateKeepers, Targets } from '../../queue/index.js';
import { Schedules, type ScheduleStanding, ScheduleStandings } from '../../schedule/index.js';
import { PROVISIONING_QUEUE, RETRY_PROVISIONING } from './needed-schedules.js';

@Injectable()
export class ProvisioningExecutors implements OnModuleInit {
  constructor(
    private readonly schedules: Schedules,
    private readonly targets: Targets,
    private readonly gateKeepers: GateKeepers,
    private readonly standings: ScheduleStandings,
  ) {}

  onModuleInit(): void {
    this.schedules.register({
      name: PROVISIONING_QUEUE,
      about:
        'Admits what waits for asynchronous systems: everything accepted before the tick, nothing after.',
      defaultCron: '0 * * * * *',
      defaultZone: 'UTC',
      run: async () => ({ admitted: await this.targets.admitCreated() }),
    });
    this.schedules.register({
      name: RETRY_PROVISIONING,
      about:
        'Tries failed provisioning again once its time has come; it processes failed operations and nothing else.',
      defaultCron: '*/5 * * * * *',
      defaultZone: 'UTC',
      run: async () => ({ opened: await this.targets.openDueRetries() }),
    });
    this.gateKeepers.register('gated-async', () => this.#standingOf(PROVISIONING_QUEUE));
    this.gateKeepers.register('gated-retry', () => this.#standingOf(RETRY_PROVISIONING));
  }

  async #standingOf(name: string): Promise<ScheduleStanding | undefined> {
    return (await this.standings.all()).find((standing) => standing.name === name);
  }
}
