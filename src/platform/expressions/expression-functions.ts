// Every function an expression may call, in words: read by the check, the documentation page and the API.

export interface ExpressionFunction {
  name: string;
  group: 'text' | 'list' | 'directory' | 'values' | 'time';
  /** How it is written, and what it gives. */
  signature: string;
  /** One sentence. */
  doc: string;
}

const functionsByGroup: Readonly<
  Record<ExpressionFunction['group'], readonly [signature: string, doc: string][]>
> = {
  text: [
    [
      'ascii(text) → text',
      'Letters without marks in ASCII (ß → ss, Ж → Zh, θ → th); other scripts are dropped.',
    ],
    ['lower(text) → text', 'Lower case, in every script.'],
    ['upper(text) → text', 'Upper case, in every script.'],
    ['initials(text) → text', 'The first letter of each word, in upper case; a hyphen begins a word.'],
    ['text.trim() → text', 'Without white space at both ends.'],
    ['text.replace(old, new) → text', 'Every occurrence replaced; a third argument limits how many.'],
    [
      'text.split(separator) → list',
      'The parts; a second argument limits how many, the last one holds the rest.',
    ],
    [
      'list.join(separator) → text',
      'The texts of a list in one; without an argument nothing stands between them.',
    ],
    [
      'text.substring(start, end) → text',
      'From start up to before end (or to the end of the text), counted from 0.',
    ],
    ['text.charAt(index) → text', 'The character at an index, counted from 0.'],
    ['text.indexOf(part) → int', 'Where a part begins, or -1; a second argument says where to start.'],
    ['text.lastIndexOf(part) → int', 'Where the last such part begins, or -1.'],
    ['text.contains(part) → bool', 'Whether the part is in the text.'],
    ['text.startsWith(part) → bool', 'Whether the text begins so.'],
    ['text.endsWith(part) → bool', 'Whether the text ends so.'],
    ['text.matches(pattern) → bool', 'Whether an RE2 pattern is found in the text; anchor it with ^ and $.'],
    ['text.lowerAscii() → text', 'Lower case of A to Z only.'],
    ['text.upperAscii() → text', 'Upper case of a to z only.'],
    ['text.format(list) → text', "Values in place of %s, %d, %f, %x …: '%s-%d'.format(['a', 1])."],
  ],
  list: [
    ['size(value) → int', 'Elements of a list or map, characters of a text, bytes; also value.size().'],
    ['first(list) → value', 'The first element, or null when there is none.'],
    ['distinct(list) → list', 'Every value once, in the order of its first appearance.'],
    ['sort(list) → list', 'Texts by code unit, or numbers, in ascending order.'],
    [
      'list.map(x, value) → list',
      'A value for each element; map(x, condition, value) skips those that do not fit.',
    ],
    ['list.filter(x, condition) → list', 'The elements for which the condition holds.'],
    ['list.exists(x, condition) → bool', 'Whether the condition holds for at least one element.'],
    ['list.exists_one(x, condition) → bool', 'Whether it holds for exactly one element.'],
    ['list.existsOne(x, condition) → bool', 'The same as exists_one.'],
    ['list.all(x, condition) → bool', 'Whether it holds for every element.'],
  ],
  directory: [
    [
      'rdn(attribute, value) → text',
      "`attribute=value` escaped for a DN (RFC 4514): rdn('cn', 'Smith, J.').",
    ],
  ],
  values: [
    [
      'default(value, fallback) → value',
      'The fallback when the value is absent, null, an empty text or an empty list.',
    ],
    ['has(path) → bool', 'Whether a.b is there and not null.'],
    ['string(value) → text', 'A number, time, boolean or bytes (UTF-8) as text.'],
    ['int(value) → int', 'A whole number; decimals are cut off, a time gives seconds since 1970.'],
    ['uint(value) → uint', 'A whole number without sign.'],
    ['double(value) → double', 'A decimal number.'],
    ['bool(text) → bool', "From 'true', 'false', '1', '0', 't', 'f'."],
    ['bytes(text) → bytes', 'The UTF-8 bytes of a text.'],
    ['type(value) → type', 'For comparisons: type(x) == string.'],
    ['dyn(value) → value', 'The value itself.'],
  ],
  time: [
    [
      'timestamp(text) → time',
      "From RFC 3339: timestamp('2030-01-31T00:00:00Z'); also from milliseconds since 1970.",
    ],
    ['duration(text) → duration', "For sums with times: form.start + duration('24h')."],
    ['time.getFullYear() → int', 'The year in UTC; all these take a zone: getFullYear("Europe/Prague").'],
    ['time.getMonth() → int', 'The month, from 0.'],
    ['time.getDate() → int', 'The day of the month, from 1.'],
    ['time.getDayOfMonth() → int', 'The day of the month, from 0.'],
    ['time.getDayOfWeek() → int', 'The day of the week, Sunday is 0.'],
    ['time.getDayOfYear() → int', 'The day of the year, from 0.'],
    ['time.getHours() → int', 'The hour; of a duration all its hours.'],
    ['time.getMinutes() → int', 'The minute; of a duration all its minutes.'],
    ['time.getSeconds() → int', 'The second; of a duration all its seconds.'],
    ['time.getMilliseconds() → int', 'The milliseconds within the second.'],
  ],
};

/** The functions in the order of the documentation page. */
export const expressionFunctions: readonly ExpressionFunction[] = Object.entries(functionsByGroup).flatMap(
  ([group, functions]) =>
    functions.map(([signature, doc]) => ({
      name: nameIn(signature),
      group: group as ExpressionFunction['group'],
      signature,
      doc,
    })),
);

function nameIn(signature: string): string {
  return /(\w+)\(/u.exec(signature)?.[1] ?? signature;
}
