// Secrets that are recognized wherever they turn up, in whatever form, and the search for them.
import { randomBytes } from 'node:crypto';

export interface Hit {
  /** Which secret. */
  readonly canary: string;
  /** As what it was there. */
  readonly form: string;
  readonly place: string;
}

interface Canary {
  readonly name: string;
  readonly needles: readonly { readonly form: string; readonly text: string }[];
}

/** As much of a secret as nobody guesses, and as little as survives being cut, quoted or escaped. */
const CORE_LENGTH = 24;

export class Canaries {
  readonly #all: Canary[] = [];

  /** A password of many kinds of characters, whose core no escaping changes. */
  plant(name: string): string {
    const core = randomBytes(CORE_LENGTH / 2).toString('hex');
    this.#all.push({ name, needles: needlesOf(Buffer.from(core)) });
    return `é"7 \\/+%&=${core}'<Z`;
  }

  /** As `plant`, of letters and digits alone: for URLs and command lines. */
  plantPlain(name: string): string {
    return this.add(name, `C${randomBytes(CORE_LENGTH / 2).toString('hex')}`);
  }

  /** A secret that the service made. */
  add(name: string, secret: string): string {
    this.#all.push({ name, needles: needlesOf(Buffer.from(secret.slice(-CORE_LENGTH))) });
    return secret;
  }

  /** A secret that is no text: what it decodes to must not be anywhere either. */
  addBytes(name: string, secret: Buffer): Buffer {
    this.#all.push({ name, needles: needlesOf(secret) });
    return secret;
  }

  get names(): readonly string[] {
    return this.#all.map(({ name }) => name);
  }

  /** @param allowed names of secrets that this place is there to hold */
  search(place: string, text: string, allowed: ReadonlySet<string> = new Set()): Hit[] {
    const lower = text.toLowerCase();
    return this.#all
      .filter(({ name }) => !allowed.has(name))
      .flatMap(({ name, needles }) =>
        needles
          .filter((needle) => (needle.form === 'hex' ? lower : text).includes(needle.text))
          .map(({ form }) => ({ canary: name, form, place })),
      );
  }
}

function needlesOf(core: Buffer): Canary['needles'] {
  // In base64 a text looks different at each of three places within a group.
  const base64 = [0, 1, 2].map((shift) => inBase64(core, shift));
  return [
    { form: 'as it is', text: core.toString('latin1') },
    { form: 'hex', text: core.toString('hex') },
    ...new Set(base64.flatMap((text) => [text, text.replaceAll('+', '-').replaceAll('/', '_')])),
  ].map((needle) => (typeof needle === 'string' ? { form: 'base64', text: needle } : needle));
}

/** The characters that `core` alone decides when `shift` bytes of something else come before it. */
function inBase64(core: Buffer, shift: number): string {
  const whole = Buffer.concat([Buffer.alloc(shift), core]).toString('base64');
  return whole.slice(Math.ceil((shift * 8) / 6), Math.floor(((shift + core.length) * 8) / 6));
}
