// The only place that asks the machine what time it is, so that every decision about time can be tested.

/** What time it is. A class, so that it is its own injection token. */
export abstract class Clock {
  /** Wall-clock time: for records and for people. */
  abstract now(): Date;
  /** Milliseconds that never run backwards: for durations and deadlines within this process. */
  abstract monotonicMs(): number;
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
