import { Readable } from 'node:stream';
import { type ArgumentMetadata, StandardSchemaValidationPipe } from '@nestjs/common';
import { problem, type ProblemField } from './problem.js';

/** Attachments arrive as streams; where JSON is asked for they are the wrong type, not a faulty object. */
export class BodyValidationPipe extends StandardSchemaValidationPipe {
  constructor() {
    super({ exceptionFactory: toValidationProblem });
  }

  override async transform<Value>(value: Value, metadata: ArgumentMetadata): Promise<Value> {
    if (metadata.type === 'body' && metadata.schema && value instanceof Readable) {
      throw problem.unsupportedMediaType('This route takes application/json. Send the body as JSON.');
    }
    return super.transform(value, metadata);
  }
}

type Issue = {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
};

function toValidationProblem(issues: readonly Issue[]): Error {
  const errors = issues.slice(0, 50).map((issue): ProblemField => ({
    pointer: (issue.path ?? [])
      .map((segment) => (typeof segment === 'object' ? segment.key : segment))
      .map((segment) => `/${String(segment).replaceAll('~', '~0').replaceAll('/', '~1')}`)
      .join(''),
    detail: issue.message,
  }));
  return problem.invalidRequest(
    errors.length === 1
      ? `${errors[0]?.pointer || 'The request'}: ${errors[0]?.detail}.`
      : 'Several places are wrong; `errors` lists each.',
    { errors },
  );
}
