import type { WriteStream } from 'node:tty';

const LINE_EVERY_MS = 2_000;

/** A line that tells how far something is: rewritten in place on a terminal, repeated now and then elsewhere. */
export class Progress {
  #lastShownMs = -Infinity;

  constructor(private readonly output: WriteStream) {}

  show(line: string): void {
    if (this.output.isTTY) {
      this.output.write(`\r\u001b[2K  ${line}`);
    } else if (performance.now() - this.#lastShownMs > LINE_EVERY_MS) {
      this.#lastShownMs = performance.now();
      this.output.write(`  ${line}\n`);
    }
  }

  end(): void {
    if (this.output.isTTY) this.output.write('\n');
  }
}
