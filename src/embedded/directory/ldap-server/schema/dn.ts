// Distinguished names as text (RFC 4514). Which types exist and how values compare is the schema's affair.
import { decodeUtf8 } from '../protocol/ber.js';

/** One `type=value` of a relative distinguished name; the type as it was written. */
export interface NamePart {
  readonly type: string;
  readonly value: Buffer;
}

/** A relative distinguished name: usually one part, several when joined by `+`. */
export type Rdn = readonly NamePart[];

const SPECIAL = '"+,;<>\\= #';
const typePattern = /[A-Za-z][A-Za-z0-9-]*|\d+(?:\.\d+)+/y;

/**
 * The relative names, the entry's own first; none for the empty name. Undefined when the text is not
 * a name. Quoted values and `;` (RFC 4514 §3, LDAPv2) are understood; `#` and hexadecimal BER is not.
 */
export function parseDn(text: string): Rdn[] | undefined {
  return new DnParser(text).parse();
}

/** Exactly one relative name. */
export function parseRdn(text: string): Rdn | undefined {
  const rdns = parseDn(text);
  return rdns?.length === 1 ? rdns[0] : undefined;
}

/** Escapes as hexadecimal pairs, so that a comma in the text always separates. */
export function formatRdn(rdn: Rdn): string {
  return rdn.map(({ type, value }) => `${type}=${escapeValue(value)}`).join('+');
}

/** The reverse of `parseDn`. */
export function formatDn(rdns: readonly Rdn[]): string {
  return rdns.map(formatRdn).join(',');
}

function escapeValue(value: Buffer): string {
  const text = decodeUtf8(value);
  if (text === undefined) return [...value].map(hexPair).join('');
  return text.replaceAll(/["+,;<>\\=\0]|^[ #]| $/g, (character) => hexPair(character.charCodeAt(0)));
}

function hexPair(byte: number): string {
  return `\\${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}

class DnParser {
  #at = 0;

  constructor(private readonly text: string) {}

  parse(): Rdn[] | undefined {
    this.#skipSpaces();
    if (this.#at === this.text.length) return [];
    const rdns: Rdn[] = [];
    do {
      const rdn = this.#readRdn();
      if (rdn === undefined) return undefined;
      rdns.push(rdn);
    } while (this.#skip(',') || this.#skip(';'));
    return this.#at === this.text.length ? rdns : undefined;
  }

  #readRdn(): Rdn | undefined {
    const parts: NamePart[] = [];
    do {
      const part = this.#readPart();
      if (part === undefined) return undefined;
      parts.push(part);
    } while (this.#skip('+'));
    return parts;
  }

  #readPart(): NamePart | undefined {
    this.#skipSpaces();
    typePattern.lastIndex = this.#at;
    const type = typePattern.exec(this.text)?.[0];
    if (type === undefined) return undefined;
    this.#at += type.length;
    this.#skipSpaces();
    if (!this.#skip('=')) return undefined;
    this.#skipSpaces();
    const value = this.#skip('"') ? this.#readQuoted() : this.#readPlain();
    this.#skipSpaces();
    return value === undefined ? undefined : { type, value };
  }

  #readQuoted(): Buffer | undefined {
    const bytes: Buffer[] = [];
    for (let next = this.#peek(); next !== undefined; next = this.#peek()) {
      if (this.#skip('"')) return Buffer.concat(bytes);
      const byte = next === '\\' ? this.#readEscape() : this.#readCharacter(next);
      if (byte === undefined) return undefined;
      bytes.push(byte);
    }
    return undefined;
  }

  #readPlain(): Buffer | undefined {
    if (this.#peek() === '#') return undefined;
    const bytes: Buffer[] = [];
    /** Length without unescaped spaces at the end: those are not part of the value. */
    let significant = 0;
    for (let next = this.#peek(); next !== undefined && !'+,;'.includes(next); next = this.#peek()) {
      if ('"<>\0'.includes(next)) return undefined;
      const byte = next === '\\' ? this.#readEscape() : this.#readCharacter(next);
      if (byte === undefined) return undefined;
      bytes.push(byte);
      if (next !== ' ') significant = bytes.length;
    }
    return Buffer.concat(bytes.slice(0, significant));
  }

  #readCharacter(character: string): Buffer {
    this.#at += character.length;
    return Buffer.from(character);
  }

  #readEscape(): Buffer | undefined {
    const escaped = this.text.slice(this.#at + 1, this.#at + 3);
    if (/^[0-9a-fA-F]{2}$/.test(escaped)) {
      this.#at += 3;
      return Buffer.from(escaped, 'hex');
    }
    const [character] = escaped;
    if (character === undefined || !SPECIAL.includes(character)) return undefined;
    this.#at += 2;
    return Buffer.from(character);
  }

  /** The next character, whole even when it takes two UTF-16 units. */
  #peek(): string | undefined {
    const point = this.text.codePointAt(this.#at);
    return point === undefined ? undefined : String.fromCodePoint(point);
  }

  #skip(character: string): boolean {
    if (this.text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #skipSpaces(): void {
    while (this.text[this.#at] === ' ') this.#at += 1;
  }
}
