// Adaptive group commit: one batch is under way at a time, and everything that comes meanwhile joins the next.
// No timer: one item when idle, hundreds under load.

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

export class Batcher<Item, Result> {
  readonly #waiting: Waiting<Item, Result>[] = [];
  #isRunning = false;

  constructor(
    private readonly process: (items: readonly Item[]) => Promise<readonly Result[]>,
    private readonly largest = 500,
  ) {}

  /** Resolves with the item's own result once its batch is through. */
  add(item: Item): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      if (!this.#isRunning) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    // Items that end in the same turn of the event loop share the first batch.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, this.largest);
      try {
        const results = await this.process(batch.map(({ item }) => item));
        batch.forEach(({ resolve, reject }, index) => {
          if (index in results) resolve(results[index] as Result);
          else reject(new Error('The batch gave no result for this item.'));
        });
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#isRunning = false;
  }
}
