/**
 * A signal that is aborted with any of `sources` until it is let go. Unlike AbortSignal.any it leaves nothing behind on
 * sources that live as long as the process: attempts come by the million.
 */
export class AttemptSignal {
  readonly #controller = new AbortController();
  readonly #abort = (): void => this.#controller.abort();

  constructor(private readonly sources: readonly AbortSignal[]) {
    for (const source of sources) {
      if (source.aborted) this.#abort();
      source.addEventListener('abort', this.#abort);
    }
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Rejects when the signal is aborted, for a handler that does not heed it. */
  get aborted(): Promise<never> {
    return new Promise((_resolve, reject) => {
      const fail = (): void => reject(new DOMException('The attempt is over its deadline.', 'AbortError'));
      if (this.signal.aborted) fail();
      else this.signal.addEventListener('abort', fail, { once: true });
    });
  }

  letGo(): void {
    for (const source of this.sources) source.removeEventListener('abort', this.#abort);
  }
}
