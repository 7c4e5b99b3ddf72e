// Who changes operators and services, and what they have themselves: nobody gives more than that.
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { type Actor, actorOf, principalOf, problem } from '../platform/http/index.js';
import { covers } from './domain/authority.js';

export interface Author extends Actor {
  /** Null for Provost itself. */
  readonly id: string | null;
  readonly grants: readonly string[];
}

/** Provost itself: seeds and the first administrator. */
export const SYSTEM_AUTHOR: Author = { name: 'system', requestId: null, id: null, grants: ['*'] };

export const CurrentAuthor = createParamDecorator((_: unknown, context: ExecutionContext): Author => {
  const request = context.switchToHttp().getRequest<FastifyRequest>();
  const principal = principalOf(request);
  return { ...actorOf(request), id: principal?.id ?? null, grants: principal?.grants ?? [] };
});

/** @throws Problem 403 when `wanted` holds what the author does not have. */
export function requireAuthority(author: Author, wanted: readonly string[]): void {
  if (covers(author.grants, wanted)) return;
  const missing = wanted.filter((grant) => !covers(author.grants, [grant]));
  throw problem.forbidden(
    `Who may do this could do more than you (${missing.join(', ')}), and nobody gives or takes what they do not have. ` +
      'Ask an administrator.',
  );
}
