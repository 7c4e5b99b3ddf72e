// Virtual time: everything that happens in a simulation is an event here. Events of one instant come in an order that
// the seed decides; between two events all promises run dry, so that nothing depends on the machine.
import type { Random } from './random.js';

/** Whose event it is: the events of a dead process are dropped, those of a frozen one are put off. */
export interface Life {
  readonly isAlive: boolean;
  readonly frozenUntil: number;
}

interface Event {
  at: number;
  order: number;
  work: (() => void) | null;
  readonly life: Life | null;
}

export class Scheduler {
  readonly #heap: Event[] = [];
  #now = 0;
  #events = 0;

  constructor(private readonly random: Random) {}

  get nowMs(): number {
    return this.#now;
  }

  /** How many events have happened. */
  get events(): number {
    return this.#events;
  }

  /** Returns how to prevent it. */
  at(delayMs: number, work: () => void, life: Life | null = null): () => void {
    const event: Event = { at: this.#now + Math.max(0, delayMs), order: this.random.draw(), work, life };
    this.#push(event);
    return () => {
      event.work = null;
    };
  }

  /** Lets time pass until `isOver` says so or nothing happens before `untilMs`. */
  async run(untilMs: number, isOver: () => boolean = () => false): Promise<void> {
    await settled();
    while (!isOver()) {
      const [next] = this.#heap;
      if (!next || next.at > untilMs) break;
      this.#pop();
      if (!next.work || next.life?.isAlive === false) continue;
      if (next.life && next.life.frozenUntil > next.at) {
        this.#push({ ...next, at: next.life.frozenUntil, order: this.random.draw() });
        continue;
      }
      this.#now = Math.max(this.#now, next.at);
      this.#events += 1;
      next.work();
      await settled();
    }
    if (!isOver()) this.#now = Math.max(this.#now, untilMs);
  }

  #push(event: Event): void {
    const heap = this.#heap;
    let index = heap.push(event) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(event, heap[parent])) break;
      heap[index] = heap[parent] as Event;
      index = parent;
    }
    heap[index] = event;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (!last || heap.length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (isBefore(heap[child + 1], heap[child])) child += 1;
      if (!isBefore(heap[child], last)) break;
      heap[index] = heap[child] as Event;
      index = child;
    }
    heap[index] = last;
  }
}

/** Resolves once all promises have run dry. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

function isBefore(left: Event | undefined, right: Event | undefined): boolean {
  if (!left) return false;
  if (!right) return true;
  return left.at < right.at || (left.at === right.at && left.order < right.order);
}
