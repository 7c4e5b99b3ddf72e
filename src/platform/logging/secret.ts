import { inspect } from 'node:util';
import { MASK } from './domain/mask-text.js';

/** A value that shows itself only to `reveal()`: never to a log, an error, JSON or a template. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return MASK;
  }

  toJSON(): string {
    return MASK;
  }

  [inspect.custom](): string {
    return MASK;
  }
}
