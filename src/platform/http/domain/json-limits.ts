// What a JSON text may be, decided in one pass before it is parsed: no recursion, and no tree beside the one to come.

export interface JsonLimits {
  readonly depth: number;
  /** Names of fields in the whole text. */
  readonly keys: number;
}

export interface JsonFault {
  /** A JSON pointer (RFC 6901) to the place; empty for the text as a whole. */
  readonly pointer: string;
  readonly detail: string;
}

/** Names by which a value could reach what all objects share. */
const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);
const NUMBER_CHARACTERS: ReadonlySet<string> = new Set('0123456789+-.eE');
/** Of a pointer, so that a long name does not come back whole. */
const SHOWN_CHARACTERS = 64;

interface Level {
  /** The names seen so far; undefined in a list. */
  readonly seen: Set<string> | undefined;
  /** Where the text is: the name of the field or the place in the list. */
  at: string | number;
}

/** The first fault of a text that JSON.parse would take; of any other text perhaps none, which JSON.parse then refuses. */
export function jsonFault(text: string, limits: JsonLimits): JsonFault | undefined {
  const levels: Level[] = [];
  let keys = 0;
  let index = 0;
  let isName = false;
  const fault = (detail: string): JsonFault => ({ pointer: pointerOf(levels), detail });
  while (index < text.length) {
    const character = text[index];
    const level = levels.at(-1);
    switch (character) {
      case '{':
      case '[':
        if (levels.length === limits.depth) return fault(`is nested deeper than ${limits.depth} levels`);
        levels.push({ seen: character === '{' ? new Set() : undefined, at: character === '{' ? '' : 0 });
        isName = character === '{';
        break;
      case '}':
      case ']':
        levels.pop();
        isName = false;
        break;
      case ',':
        isName = level?.seen !== undefined;
        if (typeof level?.at === 'number') level.at += 1;
        break;
      case '"': {
        const end = endOfString(text, index);
        if (isName && level?.seen !== undefined) {
          const name = nameOf(text.slice(index, end));
          if (name === undefined) return undefined;
          level.at = name;
          keys += 1;
          if (keys > limits.keys)
            return { pointer: '', detail: `has more than ${limits.keys} fields in all` };
          if (FORBIDDEN_KEYS.has(name)) return fault('is a name that is never accepted');
          if (level.seen.has(name)) return fault('is there twice');
          level.seen.add(name);
          isName = false;
        }
        index = end - 1;
        break;
      }
      default: {
        const end = endOfNumber(text, index);
        if (end > index) {
          if (Math.abs(Number(text.slice(index, end))) === Infinity) {
            return fault('is a number too large to be kept');
          }
          index = end - 1;
        }
        break;
      }
    }
    index += 1;
  }
  return undefined;
}

/** The place behind the closing quote, or the end of a text that has none. */
function endOfString(text: string, start: number): number {
  let index = start + 1;
  while (index < text.length) {
    const character = text[index];
    if (character === '"') return index + 1;
    index += character === '\\' ? 2 : 1;
  }
  return text.length;
}

/** The place behind a number; `start` where there is none. */
function endOfNumber(text: string, start: number): number {
  let index = start;
  while (NUMBER_CHARACTERS.has(text[index] ?? '')) index += 1;
  return index;
}

/** A name with its escapes read; undefined when it is no string. */
function nameOf(quoted: string): string | undefined {
  if (!quoted.includes('\\')) return quoted.slice(1, -1);
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return undefined;
  }
}

function pointerOf(levels: readonly Level[]): string {
  return levels.map(({ at }) => `/${escaped(String(at).slice(0, SHOWN_CHARACTERS))}`).join('');
}

function escaped(segment: string): string {
  return segment.replaceAll('~', '~0').replaceAll('/', '~1');
}
