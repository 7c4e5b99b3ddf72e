// Where a request comes from, as sessions and limits keep it.
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { requestIdOf } from '../platform/http/index.js';
import { clientName } from './domain/client-name.js';

export interface RequestOrigin {
  readonly requestId: string;
  readonly address: string;
  /** What the program says it is; null when it says nothing. */
  readonly client: string | null;
}

export const Origin = createParamDecorator((_: unknown, context: ExecutionContext): RequestOrigin => {
  const request = context.switchToHttp().getRequest<FastifyRequest>();
  return {
    requestId: requestIdOf(request),
    address: request.ip,
    client: clientName(request.headers['user-agent']),
  };
});
