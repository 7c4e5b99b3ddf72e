/** The pool's line is full: come back later. */
export class PoolFullError extends Error {
  override readonly name = 'PoolFullError';
}

export interface PoolLimits {
  readonly running: number;
  readonly waiting: number;
}

/** Runs costly work, so many at a time; so many more wait in line, and whoever comes then is turned away. */
export class BoundedPool {
  #running = 0;
  readonly #line: (() => void)[] = [];

  constructor(private readonly limits: PoolLimits) {}

  /** @throws PoolFullError before any work is done. */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#running < this.limits.running) {
      this.#running += 1;
    } else {
      if (this.#line.length >= this.limits.waiting) throw new PoolFullError('The line is full.');
      await new Promise<void>((takeOver) => this.#line.push(takeOver));
    }
    try {
      return await work();
    } finally {
      // The place is handed on, not freed, so that nobody overtakes the line.
      const takeOver = this.#line.shift();
      if (takeOver === undefined) this.#running -= 1;
      else takeOver();
    }
  }
}
