// The door for modules with recurring work: they register it at start, it fires once for each slot over all nodes.
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { AuditLog } from '../audit/index.js';
import { Clock } from '../platform/clock/index.js';
import { Database, loadStatement } from '../platform/database/index.js';
import { type Actor, problem } from '../platform/http/index.js';
import type { ScheduleDefinition } from './schedule-definition.js';
import { LEASE_SECONDS, ScheduleRun } from './schedule-run.js';
import { scheduleProblem } from './schedule.problems.js';
import { readTiming } from './timing.js';

/** Two modules claim one name, or a default is not valid: the service must not start. */
export class ScheduleDefinitionError extends Error {
  override readonly name = 'ScheduleDefinitionError';
}

/** What came of a firing; a run that started goes on after the answer. */
export type Firing =
  | { readonly kind: 'started'; readonly run: ScheduleRun }
  /** A run is still going on somewhere: the slot is used up. */
  | { readonly kind: 'skipped' }
  /** Somebody else has the slot or a later one, or the schedule is paused. */
  | { readonly kind: 'refused' };

const NAME = /^[A-Za-z][A-Za-z0-9-]{0,99}$/;
const BY_ITSELF: Actor = { name: 'system', requestId: null };
const SHUTDOWN_MS = 5_000;
/** A request waits this long for the run it asked for. */
const RUN_NOW_MS = 25_000;

const insertDefault = loadStatement('insert-default', import.meta.url);
const claimSlot = loadStatement('claim-slot', import.meta.url);
const claimByHand = loadStatement('claim-by-hand', import.meta.url);
const freeLapsed = loadStatement('free-lapsed', import.meta.url);

@Injectable()
export class Schedules {
  /** Names this process in run records. */
  readonly #node = `${hostname()}:${process.pid}`;
  readonly #definitions = new Map<string, ScheduleDefinition>();
  readonly #runs = new Set<ScheduleRun>();
  #state: 'registering' | 'started' | 'stopping' = 'registering';

  constructor(
    private readonly database: Database,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /**
   * Declares recurring work; call it in `onModuleInit`.
   * @throws ScheduleDefinitionError
   */
  register(definition: ScheduleDefinition): void {
    const { name, about, defaultCron, defaultZone } = definition;
    if (this.#state !== 'registering') {
      throw new ScheduleDefinitionError(`The schedule ${name} comes too late: register it in onModuleInit.`);
    }
    if (!NAME.test(name)) {
      throw new ScheduleDefinitionError(
        `"${name}" cannot name a schedule: letters, digits and hyphens only.`,
      );
    }
    const twin = this.#definitions.get(name);
    if (twin) {
      throw new ScheduleDefinitionError(
        `Two schedules are named ${name} ("${twin.about}" and "${about}"): rename one.`,
      );
    }
    const read = readTiming(defaultCron, defaultZone, this.clock.now());
    if ('faults' in read) {
      const details = read.faults.map(({ detail }) => detail).join(' ');
      throw new ScheduleDefinitionError(`The default of the schedule ${name} is not valid: ${details}`);
    }
    this.#definitions.set(name, definition);
  }

  /** The definition registered under `name`. */
  find(name: string): ScheduleDefinition | undefined {
    return this.#definitions.get(name);
  }

  get names(): string[] {
    return [...this.#definitions.keys()];
  }

  /** Stores the defaults of schedules that are new or that nobody changed; from here on they fire. */
  async start(): Promise<void> {
    this.#state = 'started';
    for (const { name, defaultCron, defaultZone } of this.#definitions.values()) {
      await this.database.query(insertDefault, [name, defaultCron, defaultZone]);
    }
  }

  /** Aborts what is running and waits for it, five seconds at most. */
  async stop(): Promise<void> {
    this.#state = 'stopping';
    for (const run of this.#runs) run.stop('The service is stopping.');
    await settleWithin(
      SHUTDOWN_MS,
      [...this.#runs].map(({ ended }) => ended),
    );
  }

  /** Runs `name` for `slot` unless that slot is taken; answers once that is decided. */
  async fire(name: string, slot: Date): Promise<Firing> {
    const definition = this.#definitions.get(name);
    if (!definition || this.#state === 'stopping') return { kind: 'refused' };
    const id = randomUUID();
    const claimedMs = this.clock.monotonicMs();
    const [claimed] = await this.database.query<{ is_started: boolean }>(claimSlot, [
      name,
      slot,
      id,
      LEASE_SECONDS,
      BY_ITSELF.name,
      this.#node,
    ]);
    if (!claimed) return { kind: 'refused' };
    if (!claimed.is_started) return { kind: 'skipped' };
    return { kind: 'started', run: this.#start(definition, id, slot, BY_ITSELF, claimedMs) };
  }

  /**
   * Runs `name` now, paused or not, on this node; answers the id of the run when it ended, or after 25 seconds.
   * @throws Problem 404, 409 when a run is still going on
   */
  async runNow(name: string, actor: Actor): Promise<string> {
    const definition = this.#definitions.get(name);
    if (!definition) throw scheduleNotFound(name);
    if (this.#state === 'stopping') {
      throw problem.unavailable('This process is stopping. Nothing was started; ask again in a few seconds.');
    }
    const id = randomUUID();
    await this.freeLapsed();
    const claimedMs = this.clock.monotonicMs();
    await this.database.transact(async (transaction) => {
      const claimed = await transaction.query(claimByHand, [name, id, LEASE_SECONDS, actor.name, this.#node]);
      if (claimed.length === 0) {
        throw scheduleProblem.alreadyRunning(
          `A run of ${name} is still going on. Wait until it has ended: GET /api/v1/schedules/${name}/runs shows it first.`,
        );
      }
      await this.audit.record(transaction, {
        actor,
        action: 'schedule.started',
        objectType: 'schedule',
        objectId: name,
        after: { runId: id },
      });
    });
    await settleWithin(RUN_NOW_MS, [this.#start(definition, id, null, actor, claimedMs).ended]);
    return id;
  }

  /** Ends the runs whose process stopped renewing their lease: their schedules may run again. */
  async freeLapsed(): Promise<void> {
    await this.database.query(freeLapsed);
  }

  #start(
    definition: ScheduleDefinition,
    id: string,
    slot: Date | null,
    actor: Actor,
    claimedMs: number,
  ): ScheduleRun {
    const run = new ScheduleRun(this.database, this.clock, definition, id, slot, actor, claimedMs);
    this.#runs.add(run);
    void run.ended.then(() => this.#runs.delete(run));
    if (this.#state === 'stopping') run.stop('The service is stopping.');
    return run;
  }
}

export function scheduleNotFound(name: string): Error {
  return scheduleProblem.scheduleNotFound(
    `No schedule is named ${JSON.stringify(name)}. GET /api/v1/schedules lists them.`,
  );
}

async function settleWithin(milliseconds: number, ended: readonly Promise<void>[]): Promise<void> {
  if (ended.length === 0) return;
  const timer = new AbortController();
  const timeUp = delay(milliseconds, undefined, { signal: timer.signal }).catch(() => undefined);
  await Promise.race([Promise.all(ended), timeUp]);
  timer.abort();
}
