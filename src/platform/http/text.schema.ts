// Text as the API takes it: well-formed Unicode without NUL, which neither PostgreSQL nor a directory can hold.
import { z } from 'zod';

function wellFormed(text: string): boolean {
  return text.isWellFormed();
}

// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const CONTROL = /[\u0000-\u001f\u007f]/;

/** One line of text, trimmed: no control characters. */
export function lineText(max: number): z.ZodString {
  return z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .max(max, `must have at most ${max} characters`)
    .refine(wellFormed, 'must be well-formed Unicode (a surrogate stands alone)')
    .refine((text) => !CONTROL.test(text), 'must not contain control characters such as NUL or a line break');
}

/** Text of several lines: no NUL. */
export function multilineText(max: number): z.ZodString {
  return z
    .string()
    .max(max, `must have at most ${max} characters`)
    .refine(wellFormed, 'must be well-formed Unicode (a surrogate stands alone)')
    .refine((text) => !text.includes('\u0000'), 'must not contain NUL');
}

/** The id in a path. */
export const idParam = z.uuid('must be a UUID').describe('The id of the object.');
