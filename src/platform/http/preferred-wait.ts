// `Prefer: wait=N` and `respond-async` (RFC 7240), for routes that start work and can wait for its end.
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiHeader } from '@nestjs/swagger';
import { readPreferences } from './domain/preferences.js';

/** How many seconds to wait for the result: as the caller prefers, at most `most`, which also counts without a preference. */
export function preferredWaitSeconds(request: FastifyRequest, reply: FastifyReply, most: number): number {
  const { waitSeconds, respondAsync } = readPreferences(headerOf(request));
  const wait = Math.min(waitSeconds ?? (respondAsync ? 0 : most), most);
  const applied = [
    ...(respondAsync ? ['respond-async'] : []),
    ...(waitSeconds === undefined ? [] : [`wait=${wait}`]),
  ];
  if (applied.length > 0) void reply.header('preference-applied', applied.join(', '));
  return wait;
}

/** How many seconds the caller would wait, at most `most`; undefined without that preference. */
export function preferredWait(request: FastifyRequest, most: number): number | undefined {
  const { waitSeconds } = readPreferences(headerOf(request));
  return waitSeconds === undefined ? undefined : Math.min(waitSeconds, most);
}

/** Documents `Prefer` on a route that waits for its work. */
export function ApiPrefer(most: number): MethodDecorator {
  return ApiHeader({
    name: 'Prefer',
    required: false,
    description: `How long to wait for the result: \`wait=N\` at most N seconds (${most} at most), \`respond-async\` not at all. Preference-Applied says what was done.`,
    schema: { type: 'string', maxLength: 1_024 },
    example: 'wait=5',
  });
}

function headerOf({ headers }: FastifyRequest): string {
  const { prefer = '' } = headers;
  return Array.isArray(prefer) ? prefer.join(',') : prefer;
}
