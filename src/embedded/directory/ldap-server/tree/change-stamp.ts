// Times and change sequence numbers of writes: each greater than the one before, even when the clock is set back.

/** What a write notes in its entry. */
export interface ChangeStamp {
  /** entryCSN as OpenLDAP writes it: time, count within it, server, modification. */
  readonly csn: string;
  /** Generalized Time, in seconds. */
  readonly time: string;
}

export class ChangeStamps {
  #time = '';
  #count = 0;

  constructor(private readonly now: () => Date) {}

  /** Continues after a number given out in an earlier run. */
  continueAfter(csn: string): void {
    const [time = '', count = '0'] = csn.split('#');
    const number = Number.parseInt(count, 16);
    if (time < this.#time || (time === this.#time && number <= this.#count)) return;
    this.#time = time;
    this.#count = number;
  }

  next(): ChangeStamp {
    const digits = this.now().toISOString().replaceAll(/\D/g, '');
    const time = `${digits.slice(0, 14)}.${digits.slice(14, 17)}000Z`;
    this.#count = time > this.#time ? 0 : this.#count + 1;
    if (time > this.#time) this.#time = time;
    const count = this.#count.toString(16).padStart(6, '0');
    return { csn: `${this.#time}#${count}#000#000000`, time: `${this.#time.slice(0, 14)}Z` };
  }
}
