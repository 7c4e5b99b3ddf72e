// Chance from a seed: the same seed draws the same plan, whatever the machine does meanwhile.

export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A stream of its own: what is drawn from it shifts nothing of another. */
  branch(): Chance {
    return new Chance(Math.floor(this.draw() * 2 ** 32));
  }

  /** Uniform in [0, 1), by mulberry32. */
  draw(): number {
    this.#state = (this.#state + 0x6d_2b_79_f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  between(low: number, high: number): number {
    return low + this.draw() * (high - low);
  }

  /** Undefined only of an empty list. */
  pick<Item>(items: readonly Item[]): Item | undefined {
    return items[Math.floor(this.draw() * items.length)];
  }

  shuffled<Item>(items: readonly Item[]): Item[] {
    return items
      .map((item) => ({ item, place: this.draw() }))
      .toSorted((left, right) => left.place - right.place)
      .map(({ item }) => item);
  }
}
