import { randomUUID } from 'node:crypto';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

const ACCEPTED = /^[A-Za-z0-9._-]{8,64}$/;

/** The caller's X-Request-Id when it is harmless, otherwise a new one. */
export function makeRequestId(request: { headers: Record<string, string | string[] | undefined> }): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && ACCEPTED.test(given) ? given : randomUUID();
}

export function requestIdOf(request: FastifyRequest): string {
  return request.id;
}

/** The id that ties a request, its log lines, its audit record and its operations together. */
export const RequestId = createParamDecorator((_: unknown, context: ExecutionContext) =>
  requestIdOf(context.switchToHttp().getRequest<FastifyRequest>()),
);
