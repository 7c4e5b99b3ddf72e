// Checks what a route is given against its schema, and says of every faulty place where it is.
import { Readable } from 'node:stream';
import { type ArgumentMetadata, StandardSchemaValidationPipe } from '@nestjs/common';
import { z } from 'zod';
import { wordIssue } from '../config/index.js';
import { problem, type ProblemField } from './problem.js';

type Schema = NonNullable<ArgumentMetadata['schema']>;

const MAX_ERRORS = 50;

export class BodyValidationPipe extends StandardSchemaValidationPipe {
  override async transform<Value>(value: Value, metadata: ArgumentMetadata): Promise<Value> {
    const { schema, type } = metadata;
    if (!schema || !this.toValidate(metadata)) return value;
    // Attachments arrive as streams; where JSON is asked for they are the wrong type, not a faulty object.
    if (type === 'body' && value instanceof Readable) {
      throw problem.unsupportedMediaType('This route takes application/json. Send the body as JSON.');
    }
    this.stripProtoKeys(value);
    const result = await check(value, schema);
    if (!result.issues) return result.value as Value;
    if (type === 'body' && value === undefined) {
      const empty = await check({}, schema);
      if (!empty.issues) return empty.value as Value;
    }
    throw toValidationProblem(result.issues, metadata);
  }
}

type Issue = {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
  readonly code?: string;
  readonly keys?: readonly string[];
};

type Result =
  { readonly issues: readonly Issue[] } | { readonly issues?: undefined; readonly value: unknown };

async function check(value: unknown, schema: Schema): Promise<Result> {
  if (!(schema instanceof z.ZodType)) return schema['~standard'].validate(value);
  const { success, data, error } = await schema.safeParseAsync(value, { error: wordIssue });
  return success ? { value: data } : { issues: error.issues };
}

function toValidationProblem(issues: readonly Issue[], metadata: ArgumentMetadata): Error {
  const errors = issues.flatMap((issue) => toFields(issue, metadata)).slice(0, MAX_ERRORS);
  const [only] = errors;
  return problem.invalidRequest(
    errors.length === 1 && only !== undefined
      ? `${only.pointer || 'The body'}: ${only.detail}`.replace(/[^.?!]$/u, '$&.')
      : 'Several places are wrong; `errors` lists each.',
    { errors },
  );
}

/** What is unknown is pointed at itself, not at the object that has it. */
function toFields(issue: Issue, metadata: ArgumentMetadata): ProblemField[] {
  const path = (issue.path ?? []).map((segment) => (typeof segment === 'object' ? segment.key : segment));
  if (issue.code !== 'unrecognized_keys' || !issue.keys) {
    return [{ pointer: pointerTo(path, metadata), detail: issue.message }];
  }
  const words = issue.message.split('\n');
  return issue.keys.map((key, index) => ({
    pointer: pointerTo([...path, key], metadata),
    detail: words[index] ?? issue.message,
  }));
}

function pointerTo(path: readonly PropertyKey[], { type, data }: ArgumentMetadata): string {
  const places = data === undefined ? path : [data, ...path];
  const pointer = places
    .map((place) => `/${String(place).replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('');
  if (type === 'query') return `query${pointer}`;
  return type === 'param' ? `path${pointer}` : pointer;
}
