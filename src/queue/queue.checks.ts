// What the doctor asks of the queue: who works, whether wake-ups arrive, and what does not move by itself.
import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { drawUniform } from '../platform/clock/index.js';
import { Database, loadStatement } from '../platform/database/index.js';
import { Diagnosis, fine, type Observation, warning } from '../platform/diagnosis/index.js';
import { queueSettings, type QueueSettings, queueTimes } from './queue.config.js';
import { holdsOf, rolesOf, waitsOf } from './standing-findings.js';
import { TargetStandings } from './target-standings.js';
import { WAKE_UP_CHANNEL, WakeUp } from './wake-up.js';

const LIVING_ROLES = loadStatement('living-roles', import.meta.url);
const ECHO_MS = 2_000;

@Injectable()
export class QueueChecks implements OnModuleInit {
  constructor(
    private readonly diagnosis: Diagnosis,
    private readonly database: Database,
    private readonly standings: TargetStandings,
    private readonly wakeUp: WakeUp,
    @Inject(queueSettings.token) private readonly settings: QueueSettings,
  ) {}

  onModuleInit(): void {
    this.diagnosis.add({ area: 'nodes', subject: 'The living nodes', look: () => this.#roles() });
    this.diagnosis.add({ area: 'database', subject: 'The wake-ups', look: () => this.#wakeUps() });
    this.diagnosis.add({
      area: 'systems',
      subject: 'Holds and breakers',
      look: async () => holdsOf(await this.standings.all()),
    });
    this.diagnosis.add({
      area: 'queue',
      subject: 'What waits',
      look: async () => waitsOf(await this.standings.all()),
    });
  }

  async #roles(): Promise<readonly Observation[]> {
    const { lease } = queueTimes(this.settings.timeFactor);
    const rows = await this.database.query<{ role: string; nodes: number }>(LIVING_ROLES, [lease]);
    return rolesOf(new Map(rows.map(({ role, nodes }) => [role, nodes])));
  }

  /** Sends a wake-up for a target that nobody has, and waits for it to come back. */
  async #wakeUps(): Promise<readonly Observation[]> {
    const nobodys = -Math.ceil(drawUniform() * 1e9);
    const where = 'wake-ups (LISTEN)';
    const heard = new AbortController();
    const stopListening = this.wakeUp.listen((targets) => {
      if (targets.has(nobodys)) heard.abort();
    });
    try {
      await this.database.query('select pg_notify($1, $2)', [WAKE_UP_CHANNEL, String(nobodys)]);
      await delay(ECHO_MS, undefined, { signal: heard.signal }).catch(() => undefined);
    } finally {
      stopListening();
    }
    if (heard.signal.aborted) return [fine('A wake-up sent by way of the database came back.', where)];
    return [
      warning(
        `A wake-up did not come back within ${ECHO_MS / 1_000} s: work begins half a second late on every node.`,
        where,
        'Let DATABASE_URL lead to PostgreSQL itself; a pooler in transaction mode loses LISTEN.',
      ),
    ];
  }
}
