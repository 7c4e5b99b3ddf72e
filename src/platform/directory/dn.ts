// Distinguished names as text (RFC 4514). Everything that puts a value into a DN, or compares two, goes through here.

export interface NamePart {
  readonly type: string;
  /** The value itself, without escapes; of a value given as `#hex`, that very text. */
  readonly value: string;
  readonly isHex: boolean;
}

/** One level of a DN: usually one part, several when joined by `+`. */
export type Rdn = readonly NamePart[];

export class DnSyntaxError extends Error {
  override readonly name = 'DnSyntaxError';
}

const TYPE = /^(?:[A-Za-z][A-Za-z0-9-]*|\d+(?:\.\d+)+)$/;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The levels of a DN, the entry's own first; spaces around separators are allowed. Throws DnSyntaxError. */
export function parseDn(text: string): Rdn[] {
  if (withoutSpaces(text) === '') return [];
  return splitAt(text, ',').map((level) => splitAt(level, '+').map((part) => parsePart(part, text)));
}

export function formatDn(levels: readonly Rdn[]): string {
  return levels.map((level) => formatRdn(level)).join(',');
}

/** The same name in the one form that every server reads. Throws DnSyntaxError. */
export function canonicalDn(text: string): string {
  return formatDn(parseDn(text));
}

export function formatRdn(level: Rdn): string {
  return level.map(({ type, value, isHex }) => `${type}=${isHex ? value : escapeDnValue(value)}`).join('+');
}

/** A value as it stands in a DN. Hexadecimal escapes, as servers write them: no separator is left in any form. */
export function escapeDnValue(value: string): string {
  return value
    .replaceAll(/[\\,+"<>;=\p{Cc}]/gu, toHexPair)
    .replace(/^[ #]/, toHexPair)
    .replace(/ $/, toHexPair);
}

/** Whether both say the same letter for letter: escapes, spaces around separators and the case of types aside. */
export function isSameSpelling(one: string, other: string): boolean {
  return isSame(one, other, (value) => value);
}

/** Whether both name the same entry by the usual matching rule: case and repeated spaces aside as well. */
export function isSameDn(one: string, other: string): boolean {
  return isSame(one, other, matchable);
}

/** Whether `dn` is `base` or below it, by the usual matching rule. Throws DnSyntaxError. */
export function isWithin(dn: string, base: string): boolean {
  const levels = parseDn(dn);
  const baseLevels = parseDn(base);
  if (levels.length < baseLevels.length) return false;
  return fold(levels.slice(levels.length - baseLevels.length), matchable) === fold(baseLevels, matchable);
}

/** What is no DN is the same as itself alone. */
function isSame(one: string, other: string, normalize: (value: string) => string): boolean {
  if (one === other) return true;
  try {
    return fold(parseDn(one), normalize) === fold(parseDn(other), normalize);
  } catch (error) {
    if (error instanceof DnSyntaxError) return false;
    throw error;
  }
}

function fold(levels: readonly Rdn[], normalize: (value: string) => string): string {
  return formatDn(
    levels.map((level) =>
      level
        .map((part) => ({ ...part, type: part.type.toLowerCase(), value: normalize(part.value) }))
        .sort((left, right) => (formatRdn([left]) < formatRdn([right]) ? -1 : 1)),
    ),
  );
}

function matchable(value: string): string {
  return value.normalize('NFKC').toLowerCase().trim().replaceAll(/\s+/g, ' ');
}

/** One pair for each byte of its UTF-8 form (RFC 4514 §2.4): control characters beyond ASCII have two. */
function toHexPair(character: string): string {
  return [...Buffer.from(character)]
    .map((byte) => `\\${byte.toString(16).toUpperCase().padStart(2, '0')}`)
    .join('');
}

/** Splits at separators that are not escaped. */
function splitAt(text: string, separator: ',' | '+'): string[] {
  const pieces: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === separator) {
      pieces.push(text.slice(start, at));
      start = at + 1;
    }
  }
  return [...pieces, text.slice(start)];
}

function parsePart(part: string, whole: string): NamePart {
  const equals = part.indexOf('=');
  const type = withoutSpaces(part.slice(0, Math.max(equals, 0)));
  if (!TYPE.test(type))
    throw syntaxError(whole, `"${withoutSpaces(part)}" is not of the form attribute=value`);
  const raw = trimUnescaped(part.slice(equals + 1));
  if (raw === '') throw syntaxError(whole, `"${type}" has no value`);
  if (raw.startsWith('#')) {
    if (!/^#(?:[0-9a-f]{2})+$/i.test(raw)) throw syntaxError(whole, `"${raw}" is not a hexadecimal value`);
    return { type, value: raw, isHex: true };
  }
  return { type, value: unescape(raw, whole), isHex: false };
}

/** Only U+0020 may stand around a separator (RFC 4514 §4): any other white space is part of the value. */
function withoutSpaces(text: string): string {
  return text.replace(/^ +/, '').replace(/(?<! ) +$/, '');
}

function trimUnescaped(raw: string): string {
  const text = raw.replace(/^ +/, '');
  const end = withoutSpaces(text);
  // A backslash at the end escapes the space that was cut off, unless it is escaped itself.
  const backslashes = /\\*$/.exec(end)?.[0].length ?? 0;
  return backslashes % 2 === 1 && end.length < text.length ? `${end} ` : end;
}

function unescape(raw: string, whole: string): string {
  const bytes: Buffer[] = [];
  for (const [piece, pair, single] of raw.matchAll(/\\([0-9a-fA-F]{2})|\\([ "#+,;<=>\\])|[^\\]+|\\/g)) {
    if (pair !== undefined) bytes.push(Buffer.from(pair, 'hex'));
    else if (single !== undefined) bytes.push(Buffer.from(single));
    else if (piece === '\\') throw syntaxError(whole, 'a backslash escapes nothing');
    else if (/["<>;]/.test(piece))
      throw syntaxError(whole, `the characters " < > ; need a backslash in "${raw}"`);
    else bytes.push(Buffer.from(piece));
  }
  try {
    return utf8.decode(Buffer.concat(bytes));
  } catch {
    throw syntaxError(whole, `the escapes in "${raw}" are not UTF-8`);
  }
}

function syntaxError(dn: string, reason: string): DnSyntaxError {
  return new DnSyntaxError(`"${dn}" is not a distinguished name: ${reason}.`);
}
