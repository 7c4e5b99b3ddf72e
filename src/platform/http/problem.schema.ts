import { applyDecorators } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import { z } from 'zod';

/** The shape of every error (RFC 9457). */
export const problemDocument = z
  .object({
    type: z.string().max(256).describe('Names the kind of problem; it is the address of its explanation.'),
    title: z.string().max(256).describe('The kind of problem in a few words.'),
    status: z.int().min(400).max(599).describe('The HTTP status.'),
    detail: z.string().max(65_536).describe('What happened, and what to do.'),
    instance: z.string().max(64).describe('The request id: find it in the log.'),
    errors: z
      .array(
        z.object({
          pointer: z
            .string()
            .max(4_096)
            .describe('Where: a JSON pointer into the body, query/<name>, path/<name> or header/<name>.'),
          detail: z.string().max(65_536).describe('What is wrong there.'),
        }),
      )
      .max(1_000)
      .optional()
      .describe('Every faulty place, when there are several.'),
  })
  .meta({
    id: 'Problem',
    description: 'What went wrong, where, and what to do (RFC 9457).',
    example: {
      type: '/problems/http/not-found',
      title: 'Not found',
      status: 404,
      detail: 'No identity has this id. GET /api/v1/identities lists them.',
      instance: '5b0c3f7e-6a2a-4a52-9f0e-0f2b8a3f7f11',
    },
  });

const MEANING: Record<number, string> = {
  400: 'The request is not valid; `errors` says where.',
  401: 'No valid access token.',
  403: 'The caller lacks the permission.',
  404: 'There is no such object.',
  409: 'The object exists already, or its state forbids this.',
  412: 'The object changed since it was read.',
  413: 'The body is too large.',
  415: 'The content type is not accepted.',
  429: 'Too many attempts; `Retry-After` says when the next is looked at.',
  422: 'Well-formed, but it cannot work; `errors` says why.',
  500: 'Provost made a mistake; the log has the details.',
  502: 'A system or directory does not answer.',
  503: 'Something Provost needs does not answer; try again.',
};

/** How an operation documents that it can answer a problem of `status`. */
export function problemResponse(status: number): {
  readonly description: string;
  readonly content: Record<string, { readonly schema: { readonly $ref: string } }>;
} {
  return {
    description: MEANING[status] ?? 'Refused.',
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  };
}

/** Documents what an operation can refuse for reasons of its own; `completeApiDocument` adds what all can answer. */
export function ApiProblems(...statuses: number[]): MethodDecorator & ClassDecorator {
  return applyDecorators(...statuses.map((status) => ApiResponse({ status, ...problemResponse(status) })));
}
