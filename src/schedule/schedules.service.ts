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

/** A move from one position to the next: everything up to a position has been dealt with. */
interface Move {
  readonly from: Date;
  readonly to: Date;
  /** Times on the way that get no run of their own. */
  readonly leftOut: number;
}

export interface SlotClaim extends Move {
  readonly slot: Date;
  /** It makes up for missed times. */
  readonly isCatchUp: boolean;
  /** While a run goes on it waits, instead of being used up. */
  readonly waits: boolean;
}

/** What came of a firing; a run that started goes on after the answer. */
export type Firing =
  | { readonly kind: 'started'; readonly run: ScheduleRun }
  /** A run is still going on somewhere, or the slot has had its run: it is used up. */
  | { readonly kind: 'skipped' }
  /** Somebody else moved on from there, the slot has to wait, or the schedule is paused. */
  | { readonly kind: 'refused' };

const NAME = /^[A-Za-z][A-Za-z0-9-]{0,99}$/;
const BY_ITSELF: Actor = { name: 'system', requestId: null };
const SHUTDOWN_MS = 5_000;
/** Whoever asks for a run waits at most this long for its end. */
export const RUN_NOW_SECONDS = 25;

const insertDefault = loadStatement('insert-default', import.meta.url);
const claimSlot = loadStatement('claim-slot', import.meta.url);
const leaveOut = loadStatement('leave-out', import.meta.url);
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
    for (const { name, defaultCron, defaultZone, defaultCatchUp = 'once' } of this.#definitions.values()) {
      await this.database.query(insertDefault, [name, defaultCron, defaultZone, defaultCatchUp]);
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

  /** Runs `name` for a slot unless somebody else did; answers once that is decided. */
  async fire(name: string, claim: SlotClaim): Promise<Firing> {
    const definition = this.#definitions.get(name);
    if (!definition || this.#state === 'stopping') return { kind: 'refused' };
    const id = randomUUID();
    const claimedMs = this.clock.monotonicMs();
    const [claimed] = await this.database.query<{ is_started: boolean }>(claimSlot, [
      name,
      claim.from,
      claim.to,
      claim.leftOut,
      claim.slot,
      claim.waits,
      id,
      LEASE_SECONDS,
      claim.isCatchUp ? 'catch-up' : 'slot',
      BY_ITSELF.name,
      this.#node,
    ]);
    if (!claimed) return { kind: 'refused' };
    if (!claimed.is_started) return { kind: 'skipped' };
    return { kind: 'started', run: this.#start(definition, id, claim.slot, BY_ITSELF, claimedMs) };
  }

  /** Moves on without a run; false when somebody else moved or the schedule is paused. */
  async leaveOut(name: string, { from, to, leftOut }: Move): Promise<boolean> {
    const moved = await this.database.query(leaveOut, [name, from, to, leftOut]);
    return moved.length > 0;
  }

  /**
   * Runs `name` now, paused or not, on this node; answers the id of the run when it ended, or after `waitSeconds`.
   * @throws Problem 404, 409 when a run is still going on
   */
  async runNow(name: string, actor: Actor, waitSeconds = RUN_NOW_SECONDS): Promise<string> {
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
    await settleWithin(waitSeconds * 1_000, [this.#start(definition, id, null, actor, claimedMs).ended]);
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
