// Passwords that many people have, so that nobody chooses one (NIST SP 800-63B-4 §3.1.1.2). The list is read when first asked.
import { createRequire } from 'node:module';

const PRODUCT = 'provost';
/** A name of fewer letters occurs in too many good passwords. */
const SHORTEST_NAME = 3;
/** So few characters over and over are a pattern, listed or not. */
const LONGEST_PATTERN = 4;

const load = createRequire(import.meta.url);
let list: ReadonlySet<string> | undefined;

/**
 * Whether `password` is on the list of common ones, or is one of them with little done to it: repeated, with digits or
 * symbols around it, or mainly the login or the product's name.
 */
export function isCommonPassword(password: string, login: string): boolean {
  const text = fold(password);
  const words = new Set(text.match(/\p{L}+/gu));
  const [onlyWord] = words.size === 1 ? words : [];
  const forms = [
    text,
    text.replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, ''),
    text.replace(/^\P{L}+|\P{L}+$/gu, ''),
    onlyWord ?? '',
  ];
  return forms.some((form) => isListedOrRepeated(form)) || isMainlyOf(text, [fold(login), PRODUCT]);
}

function fold(text: string): string {
  return text.normalize('NFKC').toLowerCase();
}

/** A listed word, over and over where it is longer; the last time it may be cut. */
function isListedOrRepeated(text: string): boolean {
  for (let length = 1; length <= text.length; length += 1) {
    const unit = text.slice(0, length);
    if (unit.repeat(Math.ceil(text.length / length)).slice(0, text.length) !== text) continue;
    if (length <= LONGEST_PATTERN && text.length >= 2 * length) return true;
    if (commonPasswords().has(unit)) return true;
  }
  return false;
}

/** Whether the names make up half of the letters of `text`, or half of `text`. */
function isMainlyOf(text: string, names: readonly string[]): boolean {
  return isHalfOf(text, names) || isHalfOf(lettersOf(text), names.map(lettersOf));
}

function isHalfOf(whole: string, parts: readonly string[]): boolean {
  const rest = parts
    .filter((part) => part.length >= SHORTEST_NAME)
    .reduce((left, part) => left.replaceAll(part, ''), whole);
  return rest.length < whole.length && 2 * rest.length <= whole.length;
}

function lettersOf(text: string): string {
  return text.replace(/\P{L}/gu, '');
}

function commonPasswords(): ReadonlySet<string> {
  if (list === undefined) {
    const { dictionary } = load('@zxcvbn-ts/language-common') as {
      dictionary: { readonly 'passwords-common': readonly string[] };
    };
    list = new Set(dictionary['passwords-common']);
  }
  return list;
}
