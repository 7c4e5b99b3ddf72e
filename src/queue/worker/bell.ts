import type { Clock } from '../../platform/clock/index.js';

/** Lets one loop sleep until somebody rings or a time has passed; a ring while it is awake is not lost. */
export class Bell {
  #isRung = false;
  #wake: (() => void) | null = null;

  constructor(private readonly clock: Clock) {}

  ring(): void {
    this.#isRung = true;
    this.#wake?.();
  }

  async wait(milliseconds: number): Promise<void> {
    if (!this.#isRung) {
      await new Promise<void>((resolve) => {
        const cancel = this.clock.after(milliseconds, resolve);
        this.#wake = () => {
          cancel();
          resolve();
        };
      });
    }
    this.#wake = null;
    this.#isRung = false;
  }
}
