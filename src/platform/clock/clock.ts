// The only place that asks the machine what time it is, so that every decision about time can be tested.

/** What time it is. A class, so that it is its own injection token. */
export abstract class Clock {
  /** Wall-clock time: for records and for people. */
  abstract now(): Date;
  /** Milliseconds that never run backwards: for durations and deadlines within this process. */
  abstract monotonicMs(): number;

  /** Calls `work` once, in so many milliseconds; returns how to prevent it. */
  after(milliseconds: number, work: () => void): () => void {
    const timer = setTimeout(work, milliseconds);
    return () => clearTimeout(timer);
  }

  /** Calls `work` again and again; returns how to end that. */
  every(milliseconds: number, work: () => void): () => void {
    let cancel: (() => void) | undefined;
    const next = (): void => {
      cancel = this.after(milliseconds, () => {
        next();
        work();
      });
    };
    next();
    return () => cancel?.();
  }

  pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      this.after(milliseconds, resolve);
    });
  }
}

class SystemClock extends Clock {
  now(): Date {
    return new Date();
  }

  monotonicMs(): number {
    return performance.now();
  }
}

export const systemClock: Clock = new SystemClock();
