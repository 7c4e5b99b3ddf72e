// The words of every zod issue that its schema does not word itself, for settings and for requests: they
// continue the name of the place ("/limit: must be at most 200"). Give it to a parse as `error`.
import { z } from 'zod';
import { nearestName } from './nearest-name.js';

const MAX_LISTED_NAMES = 20;

/** Several unknown keys get a line each, in the order of `keys`. */
export function wordIssue(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => wordUnknown(key, knownKeys(issue.inst))).join('\n');
    case 'invalid_type':
      return issue.input === undefined ? 'is missing' : `must be ${TYPES[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return issue.input === undefined ? 'is missing' : `must be ${oneOf(issue.values.map(shown))}`;
    case 'invalid_union':
      return wordUnion(issue);
    case 'too_big':
      return wordLimit(
        issue.exact ? 'exactly' : issue.inclusive ? 'at most' : 'less than',
        issue.maximum,
        issue.origin,
      );
    case 'too_small':
      return wordLimit(
        issue.exact ? 'exactly' : issue.inclusive ? 'at least' : 'more than',
        issue.minimum,
        issue.origin,
      );
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`;
    case 'invalid_format':
      return wordFormat(issue);
    case 'invalid_key':
      return 'has a name that is not allowed';
    case 'invalid_element':
      return 'has a value that is not allowed';
    default:
      return 'is not valid';
  }
}

function wordUnknown(key: string, known: readonly string[]): string {
  const meant = nearestName(key.slice(0, 64), known);
  if (meant !== undefined) return `is not known here. Did you mean ${meant}?`;
  if (known.length === 0) return 'is not known here';
  const more = known.length > MAX_LISTED_NAMES ? ', …' : '';
  return `is not known here (known: ${known.slice(0, MAX_LISTED_NAMES).join(', ')}${more})`;
}

function knownKeys(schema: unknown): readonly string[] {
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

const TYPES: Record<string, string> = {
  array: 'a list',
  bigint: 'a whole number',
  boolean: 'true or false',
  date: 'a date',
  int: 'a whole number',
  null: 'null',
  number: 'a number',
  object: 'an object',
  record: 'an object',
  string: 'text',
  tuple: 'a list',
};

const UNITS: Record<string, string> = { string: 'character', array: 'item', set: 'item', map: 'item' };

function wordLimit(bound: string, limit: number | bigint, origin: string): string {
  const unit = UNITS[origin];
  return unit === undefined
    ? `must be ${bound} ${limit}`
    : `must have ${bound} ${limit} ${unit}${Number(limit) === 1 ? '' : 's'}`;
}

const FORMATS: Record<string, string> = {
  base64: 'in Base64',
  base64url: 'in base64url',
  date: 'a date such as 2026-01-31',
  datetime: 'a date and time in UTC such as 2026-01-31T12:00:00Z',
  duration: 'a duration such as PT1H30M',
  email: 'an e-mail address',
  ipv4: 'an IPv4 address',
  ipv6: 'an IPv6 address',
  time: 'a time such as 12:00:00',
  url: 'a URL',
  uuid: 'a UUID',
};

function wordFormat(issue: z.core.$ZodRawIssue<z.core.$ZodIssueInvalidStringFormat>): string {
  if ('prefix' in issue) return `must begin with ${JSON.stringify(issue['prefix'])}`;
  if ('suffix' in issue) return `must end with ${JSON.stringify(issue['suffix'])}`;
  if ('includes' in issue) return `must contain ${JSON.stringify(issue['includes'])}`;
  const format = FORMATS[issue.format];
  if (format !== undefined) return `must be ${format}`;
  return issue.pattern === undefined ? 'is not written as it must be' : `must match ${issue.pattern}`;
}

function wordUnion(issue: z.core.$ZodRawIssue<z.core.$ZodIssueInvalidUnion>): string {
  if (issue.input === undefined) return 'is missing';
  if (Array.isArray(issue.options) && issue.options.length > 0) {
    return `must be ${oneOf(issue.options.map(shown))}`;
  }
  const forms = issue.errors.map(([first]) => first?.message).filter((words) => words !== undefined);
  return forms.length === 0
    ? 'is not valid'
    : `fits none of the possible forms: ${[...new Set(forms)].join('; or ')}`;
}

function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

function oneOf(values: readonly string[]): string {
  return values.length < 2 ? values.join('') : `${values.slice(0, -1).join(', ')} or ${values.at(-1)}`;
}
