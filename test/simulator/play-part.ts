// One process's part of a run: every so-manieth schedule, and what all of them add up to.
import type { Options } from './arguments.js';
import { seedOf } from './engine/random.js';
import { playSchedule } from './world/schedule.js';

export interface Broken {
  readonly seed: number;
  readonly promise: string;
  readonly text: string;
}

export interface Tally {
  readonly schedules: number;
  readonly steps: number;
  readonly operations: number;
  readonly events: number;
  readonly virtualMs: number;
  readonly faults: Readonly<Record<string, number>>;
  /** The first of each schedule that has one. */
  readonly violations: readonly Broken[];
}

export const NOTHING: Tally = {
  schedules: 0,
  steps: 0,
  operations: 0,
  events: 0,
  virtualMs: 0,
  faults: {},
  violations: [],
};

export async function playPart({ seed, schedules, steps, workers }: Options, part: number): Promise<Tally> {
  let tally = NOTHING;
  for (let index = part; index < schedules; index += workers) {
    const played = await playSchedule({ seed: seedOf(seed, index), steps });
    tally = add(tally, {
      ...played,
      schedules: 1,
      faults: Object.fromEntries(played.faults),
      violations: played.violations
        .slice(0, 1)
        .map(({ broken, text }) => ({ seed: played.seed, promise: broken, text })),
    });
  }
  return tally;
}

export function add(left: Tally, right: Tally): Tally {
  const faults = { ...left.faults };
  for (const [fault, count] of Object.entries(right.faults)) faults[fault] = (faults[fault] ?? 0) + count;
  return {
    schedules: left.schedules + right.schedules,
    steps: left.steps + right.steps,
    operations: left.operations + right.operations,
    events: left.events + right.events,
    virtualMs: left.virtualMs + right.virtualMs,
    faults,
    violations: [...left.violations, ...right.violations],
  };
}
