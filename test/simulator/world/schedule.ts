// One schedule: the driver makes its moves while things go wrong. Then faults stop, people do their part, and all ends.
import { EPOCH_MS } from '../engine/simulated-process.js';
import { Driver } from './driver.js';
import { checkEnd, checkGroups, moving } from './final-checks.js';
import { Simulation, type Variant } from './simulation.js';
import type { Violation } from './story.js';
import { keyOf } from '../model/tables.js';

const CALM_STEP_MS = 1_000;
/** Longer than every delay of the simulated world: a lease, a breaker, a retry, a statement on its way. */
const LONGEST_CALM_MS = 1_200_000;
const ROUNDS_OF_PEOPLE = 6;

export interface ScheduleOptions {
  readonly seed: number;
  readonly steps: number;
  readonly variant?: Variant | undefined;
  readonly isTold?: boolean;
}

export interface Played {
  readonly seed: number;
  readonly steps: number;
  readonly operations: number;
  readonly virtualMs: number;
  readonly events: number;
  readonly faults: ReadonlyMap<string, number>;
  readonly violations: readonly Violation[];
  /** @param about leaves out what concerns other lanes only */
  readonly story: (about?: string | null) => string[];
}

export async function playSchedule({
  seed,
  steps,
  variant,
  isTold = false,
}: ScheduleOptions): Promise<Played> {
  const simulation = new Simulation(seed, isTold, variant);
  const { scheduler, story, chaos } = simulation;
  const driver = new Driver(simulation);
  const isBroken = (): boolean => story.violations.length > 0;
  let made = 0;
  while (made < steps && !isBroken()) {
    made += 1;
    await scheduler.run(scheduler.nowMs + driver.step(), isBroken);
    checkGroups(simulation);
  }
  if (!isBroken()) await comeToAnEnd(simulation);
  return {
    seed,
    steps: made,
    operations: simulation.journal.enqueued.size,
    virtualMs: scheduler.nowMs,
    events: scheduler.events,
    faults: chaos.counts,
    violations: story.violations,
    story: (about) => story.lines(about),
  };
}

async function comeToAnEnd(simulation: Simulation): Promise<void> {
  const { chaos, story, tables, people, systems, scheduler, journal } = simulation;
  story.tell(null, () => 'from here on nothing goes wrong');
  chaos.stop();
  simulation.isDatabaseUp = true;
  for (const system of systems.values()) system.isDown = false;
  const quietSinceMs = EPOCH_MS + scheduler.nowMs;
  await simulation.change(() => {
    for (const { id } of tables.targets.values()) people.setHold(id, null);
  });
  await calm(simulation);
  for (let round = 0; round < ROUNDS_OF_PEOPLE && people.parked().length > 0; round += 1) {
    await simulation.change(() => {
      for (const { id } of people.parked()) {
        const head = tables.headOf(id);
        if (!head) continue;
        const isHopeless = head.kind === 'poison' || round === ROUNDS_OF_PEOPLE - 1;
        if (isHopeless) people.move('cancel', head);
        else if (people.move('retry', head)) journal.onRetried(head);
        story.tell(keyOf(head), () => `somebody ${isHopeless ? 'cancels' : 'retries'} ${keyOf(head)}`);
      }
    });
    await calm(simulation);
  }
  if (story.violations.length === 0) checkEnd(simulation, quietSinceMs);
}

/** Until nothing is left that moves by itself, or it has taken too long. */
async function calm(simulation: Simulation): Promise<void> {
  const { scheduler, story } = simulation;
  const until = scheduler.nowMs + LONGEST_CALM_MS;
  const isBroken = (): boolean => story.violations.length > 0;
  const isMoving = (): boolean => simulation.isEnqueuing || moving(simulation).length > 0;
  while (!isBroken() && scheduler.nowMs < until && isMoving())
    await scheduler.run(scheduler.nowMs + CALM_STEP_MS, isBroken);
  // What the last answers still bring about, such as a breaker that closes.
  await scheduler.run(scheduler.nowMs + CALM_STEP_MS, isBroken);
}
