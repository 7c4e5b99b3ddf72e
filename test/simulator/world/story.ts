// What happened, in order, and what must never have happened. A story is told only when somebody asks for it: a run of
// thousands of schedules tells none, and plays the one with a violation again.
import type { Scheduler } from '../engine/scheduler.js';

/** What the queue promises; a violation names one. */
export type Pledge =
  | 'none is lost'
  | 'none twice'
  | 'in order'
  | 'one at a time'
  | 'fenced'
  | 'read back'
  | 'superseded is not executed'
  | 'admitted only'
  | 'groups end with their last'
  | 'waits'
  | 'nobody waits in a circle'
  | 'everything ends'
  | 'only poison is parked by crashes'
  | 'breakers close';

export interface Violation {
  readonly broken: Pledge;
  readonly text: string;
  readonly atMs: number;
  /** The lane it is about. */
  readonly lane: string | null;
}

interface Told {
  readonly atMs: number;
  readonly text: string;
  readonly lane: string | null;
}

export class Story {
  readonly violations: Violation[] = [];
  readonly #told: Told[] = [];

  constructor(
    private readonly scheduler: Scheduler,
    private readonly isTold: boolean,
  ) {}

  /** @param lane what only concerns one lane; null concerns all */
  tell(lane: string | null, text: () => string): void {
    if (this.isTold) this.#told.push({ atMs: this.scheduler.nowMs, text: text(), lane });
  }

  break(broken: Pledge, lane: string | null, text: string): void {
    this.violations.push({ broken, text, lane, atMs: this.scheduler.nowMs });
    this.tell(lane, () => `VIOLATION (${broken}): ${text}`);
  }

  /** @param lane leaves out what concerns other lanes only */
  lines(lane: string | null = null): string[] {
    return this.#told
      .filter((one) => lane === null || one.lane === null || one.lane.split('-')[0] === lane.split('-')[0])
      .map(({ atMs, text }) => `${(atMs / 1_000).toFixed(3).padStart(10)} s  ${text}`);
  }
}
