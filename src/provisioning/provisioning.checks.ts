// What the doctor and the probes ask of provisioning: whether each system lets Provost in, how safely it is reached,
// and whether a schedule is paused that operations wait for.
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../platform/clock/index.js';
import { Database } from '../platform/database/index.js';
import { Diagnosis, fault, fine, type Observation, warning } from '../platform/diagnosis/index.js';
import { Health } from '../platform/health/index.js';
import { TargetStandings } from '../queue/index.js';
import { ScheduleStandings } from '../schedule/index.js';
import { type NeededSchedule, pausedThoughNeeded } from './executors/needed-schedules.js';
import { SystemProbe } from './system-probe.service.js';
import { listSystems, type SystemRow } from './system.queries.js';
import { SystemsService } from './systems.service.js';

const MOST_SYSTEMS = 200;
const AT_ONCE = 8;
/** Three refused logins in a quarter of an hour lock many accounts: what was refused is not tried sooner. */
const REFUSED_PAUSE_MS = 300_000;

interface Refusal {
  readonly version: number;
  readonly atMs: number;
  readonly seen: Observation;
}

@Injectable()
export class ProvisioningChecks implements OnModuleInit {
  readonly #refusals = new Map<string, Refusal>();

  constructor(
    private readonly diagnosis: Diagnosis,
    private readonly health: Health,
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly systems: SystemsService,
    private readonly probe: SystemProbe,
    private readonly targets: TargetStandings,
    private readonly schedules: ScheduleStandings,
  ) {}

  onModuleInit(): void {
    this.diagnosis.add({
      area: 'systems',
      subject: 'How systems are reached',
      look: () => this.#protection(),
    });
    this.diagnosis.add({
      area: 'systems',
      subject: 'Whether systems answer',
      look: (signal) => this.#answers(signal),
    });
    this.diagnosis.add({
      area: 'schedules',
      subject: 'Whether a paused schedule is needed',
      look: async () =>
        (await this.#neededSchedules()).map(({ name, consequence }) =>
          fault(`It is paused, so ${consequence}.`, `schedule ${name}`, `provost schedule resume ${name}`),
        ),
    });
    this.health.addWarning('schedules', async () => {
      const needed = await this.#neededSchedules();
      if (needed.length === 0) return undefined;
      return needed.map(({ name, consequence }) => `${name} is paused: ${consequence}`).join('; ');
    });
  }

  async #neededSchedules(): Promise<NeededSchedule[]> {
    const [schedules, targets] = await Promise.all([this.schedules.all(), this.targets.all()]);
    return pausedThoughNeeded(schedules, targets);
  }

  async #protection(): Promise<Observation[]> {
    const systems = await this.systems.list({ limit: MOST_SYSTEMS });
    return systems.flatMap(({ name, warnings }) =>
      warnings.map(({ code, text }) => {
        const whatToDo =
          'Correct its settings: PATCH /api/v1/systems/{id}. docs/dialer.md says what is allowed.';
        return (code === 'refused' ? fault : warning)(text, `system ${name}`, whatToDo);
      }),
    );
  }

  /** Held systems, and those whose breaker is open, are left alone: the queue tells of them. */
  async #answers(signal: AbortSignal): Promise<Observation[]> {
    const [systems, targets] = await Promise.all([
      listSystems(this.database, { limit: MOST_SYSTEMS }),
      this.targets.all(),
    ]);
    const open = new Set(
      targets
        .filter(({ hold, breakerOpenUntil }) => hold === null && breakerOpenUntil === null)
        .map(({ id }) => id),
    );
    const waiting = systems.filter(({ targetId }) => open.has(targetId));
    const seen: Observation[] = [];
    const askOneByOne = async (): Promise<void> => {
      for (let system = waiting.shift(); system && !signal.aborted; system = waiting.shift()) {
        seen.push(await this.#ask(system));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, askOneByOne));
    return seen;
  }

  async #ask(system: SystemRow): Promise<Observation> {
    const atMs = this.clock.monotonicMs();
    const refusal = this.#refusals.get(system.id);
    if (refusal && refusal.version === system.version && atMs - refusal.atMs < REFUSED_PAUSE_MS)
      return refusal.seen;
    this.#refusals.delete(system.id);
    const where = `system ${system.name}`;
    const { ok, code, detail } = await this.probe.test(system.id);
    if (ok) return fine(`It lets Provost in: ${detail}`, where);
    const seen = fault(
      `It does not let Provost in: ${detail}`,
      where,
      'Correct the cause; provost systems test NAME tries again.',
    );
    if (code === 'invalid-credentials')
      this.#refusals.set(system.id, { version: system.version, atMs, seen });
    return seen;
  }
}
