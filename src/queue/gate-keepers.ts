// Who opens the gates of lanes: schedules, which are above the queue and register here, so that it can say when.
import { Inject, Injectable } from '@nestjs/common';
import { Database, loadStatement } from '../platform/database/index.js';
import type { Gate, GateStanding } from './domain/waiting.js';
import { queueSettings, type QueueSettings, queueTimes } from './queue.config.js';

const LIVING_ROLES = loadStatement('living-roles', import.meta.url);

/** How a gate's keeper stands; whether anybody lives to work it is found out here. */
export type KeeperStanding = Omit<GateStanding, 'hasScheduler'>;

@Injectable()
export class GateKeepers {
  readonly #keepers = new Map<Gate, () => Promise<KeeperStanding | undefined>>();

  constructor(
    private readonly database: Database,
    @Inject(queueSettings.token) private readonly settings: QueueSettings,
  ) {}

  /** @throws Error when the gate has a keeper: the service does not start */
  register(gate: Gate, standing: () => Promise<KeeperStanding | undefined>): void {
    if (this.#keepers.has(gate)) throw new Error(`Two modules open the gate ${gate}: remove one.`);
    this.#keepers.set(gate, standing);
  }

  /** How the keepers of these gates stand, as far as somebody registered one. */
  async standings(gates: Iterable<Gate>): Promise<ReadonlyMap<Gate, GateStanding>> {
    const asked = [...new Set(gates)].flatMap((gate) => {
      const keeper = this.#keepers.get(gate);
      return keeper ? [{ gate, keeper }] : [];
    });
    if (asked.length === 0) return new Map();
    const { lease } = queueTimes(this.settings.timeFactor);
    const roles = await this.database.query<{ role: string }>(LIVING_ROLES, [lease]);
    const hasScheduler = roles.some(({ role }) => role === 'scheduler');
    const standings = new Map<Gate, GateStanding>();
    for (const { gate, keeper } of asked) {
      const standing = await keeper();
      if (standing) standings.set(gate, { ...standing, hasScheduler });
    }
    return standings;
  }
}
