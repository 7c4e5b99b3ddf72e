import { describe, expect, it } from '@jest/globals';
import { Clock } from '../../platform/clock/index.js';
import type { GroupCounts, Groups } from '../groups.service.js';
import { GroupWatch } from './group-watch.js';

/** Moves when it is told to. */
class SteppedClock extends Clock {
  #timers: { readonly at: number; readonly work: () => void }[] = [];
  #nowMs = 0;

  now(): Date {
    return new Date(this.#nowMs);
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  override after(milliseconds: number, work: () => void): () => void {
    const timer = { at: this.#nowMs + milliseconds, work };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((one) => one !== timer);
    };
  }

  /** Lets so many milliseconds pass, and what follows from them happen. */
  async pass(milliseconds: number): Promise<void> {
    const until = this.#nowMs + milliseconds;
    for (;;) {
      await settled();
      const [next] = this.#timers.toSorted((one, other) => one.at - other.at);
      if (!next || next.at > until) break;
      this.#nowMs = next.at;
      this.#timers = this.#timers.filter((one) => one !== next);
      next.work();
    }
    this.#nowMs = until;
  }

  get timers(): number {
    return this.#timers.length;
  }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

interface Setup {
  readonly watch: GroupWatch;
  readonly clock: SteppedClock;
  /** Operations that are open, by group. */
  readonly open: Map<number, number>;
  /** The groups of each look. */
  readonly looks: number[][];
  isAway: boolean;
}

function setup(): Setup {
  const clock = new SteppedClock();
  const groups: Pick<Groups, 'counts'> = {
    counts: async (ids): Promise<GroupCounts[]> => {
      made.looks.push([...ids]);
      if (made.isAway) throw new Error('the database is away');
      return ids.flatMap((id) => {
        const open = made.open.get(id);
        return open === undefined ? [] : [{ id, open, failed: 0, total: open }];
      });
    },
  };
  const made: Setup = {
    watch: new GroupWatch(groups as Groups, clock),
    clock,
    open: new Map(),
    looks: [],
    isAway: false,
  };
  return made;
}

/** Says whether it has resolved. */
function ending(promise: Promise<void>): { hasEnded: boolean } {
  const state = { hasEnded: false };
  void promise.then(() => (state.hasEnded = true));
  return state;
}

const never = new AbortController().signal;

describe('waiting for a group', () => {
  it('ends when nothing of it is open', async () => {
    const { watch, clock, open } = setup();
    open.set(1, 2);
    const waiting = ending(watch.untilNothingOpen(1, 10_000, never));
    await clock.pass(1_000);
    expect(waiting.hasEnded).toBe(false);
    open.set(1, 0);
    await clock.pass(100);
    expect(waiting.hasEnded).toBe(true);
    expect(clock.timers).toBe(0);
  });

  it('ends at once when the group is gone', async () => {
    const { watch, clock } = setup();
    const waiting = ending(watch.untilNothingOpen(1, 10_000, never));
    await clock.pass(0);
    expect(waiting.hasEnded).toBe(true);
  });

  it('ends when its time is over, also while the database is away', async () => {
    const made = setup();
    made.isAway = true;
    const waiting = ending(made.watch.untilNothingOpen(1, 10_000, never));
    await made.clock.pass(9_999);
    expect(waiting.hasEnded).toBe(false);
    await made.clock.pass(1);
    expect(waiting.hasEnded).toBe(true);
    await made.clock.pass(1_000);
    expect(made.clock.timers).toBe(0);
  });

  it('goes on when the database is back', async () => {
    const made = setup();
    made.isAway = true;
    made.open.set(1, 0);
    const waiting = ending(made.watch.untilNothingOpen(1, 10_000, never));
    await made.clock.pass(1_000);
    expect(waiting.hasEnded).toBe(false);
    made.isAway = false;
    await made.clock.pass(100);
    expect(waiting.hasEnded).toBe(true);
  });

  it('ends when nobody is there any more, and nothing is looked at then', async () => {
    const { watch, clock, open, looks } = setup();
    open.set(1, 1);
    const gone = new AbortController();
    const waiting = ending(watch.untilNothingOpen(1, 10_000, gone.signal));
    await clock.pass(200);
    gone.abort();
    await clock.pass(100);
    expect(waiting.hasEnded).toBe(true);
    const before = looks.length;
    await clock.pass(5_000);
    expect(looks).toHaveLength(before);
  });

  it('looks once for all who wait', async () => {
    const { watch, clock, open, looks } = setup();
    for (const id of [1, 2]) open.set(id, 1);
    const waiting = [1, 1, 2].map((id) => ending(watch.untilNothingOpen(id, 10_000, never)));
    await clock.pass(200);
    expect(looks.at(-1)).toEqual([1, 2]);
    open.set(1, 0);
    await clock.pass(100);
    expect(waiting.map(({ hasEnded }) => hasEnded)).toEqual([true, true, false]);
    expect(looks.at(-1)).toEqual([2]);
  });

  it('ends when the process does, and does not begin any more', async () => {
    const { watch, clock, open } = setup();
    open.set(1, 1);
    const waiting = ending(watch.untilNothingOpen(1, 10_000, never));
    await clock.pass(100);
    watch.onModuleDestroy();
    const late = ending(watch.untilNothingOpen(1, 10_000, never));
    await clock.pass(0);
    expect([waiting.hasEnded, late.hasEnded]).toEqual([true, true]);
  });
});
