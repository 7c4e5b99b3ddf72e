// Data on its way to a terminal: a name must not be able to move the cursor, set a title or reorder a line.

/**
 * Characters a terminal obeys or does not show: controls (C0, C1), format characters such as the bidirectional
 * overrides, halves of surrogate pairs. The two joiners are part of ordinary writing in several scripts.
 */
const UNSAFE = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** The text on one line, with what a terminal would obey written out: `\n`, `\x1b`, `\u{202e}`. */
export function safeText(text: string): string {
  return text.replace(UNSAFE, (character) => {
    if (character === '\n') return String.raw`\n`;
    if (character === '\t') return String.raw`\t`;
    const code = character.codePointAt(0) ?? 0;
    const digits = code.toString(16);
    return code < 0x100 ? String.raw`\x${digits.padStart(2, '0')}` : `\\u{${digits}}`;
  });
}

/** The same value as JSON that is safe to show: what `JSON.stringify` leaves as it is becomes `\uXXXX`. */
export function safeJson(value: unknown): string {
  return safeJsonText(JSON.stringify(value, null, 2));
}

/** The same for JSON that is text already, or a part of such a text that ends between two characters. */
export function safeJsonText(text: string): string {
  return text.replace(UNSAFE, (character) =>
    character === '\n'
      ? character
      : Array.from({ length: character.length }, (_, index) => character.charCodeAt(index))
          .map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`)
          .join(''),
  );
}
