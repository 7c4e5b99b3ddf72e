// An answer as it is kept for a repeat of its request.
import type { FastifyReply } from 'fastify';
import { z } from 'zod';

/** A larger answer is not kept: none that matters is. */
const MAX_BODY_BYTES = 262_144;

/** What belongs to the answer; the other headers belong to the connection or the request. */
const KEPT_HEADERS = [
  'content-type',
  'etag',
  'link',
  'location',
  'preference-applied',
  'provost-group',
  'provost-waiting',
  'retry-after',
] as const;

const storedAnswer = z.object({
  status: z.int(),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
});

export type StoredAnswer = z.output<typeof storedAnswer>;

/** Refusals because of how things are just now: the same request may succeed later. */
const PASSING_STATUSES: ReadonlySet<number> = new Set([409, 412]);

/** Undefined when this answer is not kept: the request may be repeated, or it is no text of a modest size. */
export function answerToKeep(
  reply: FastifyReply,
  payload: unknown,
  isCommitted: boolean,
): StoredAnswer | undefined {
  if (reply.statusCode >= 500 || reply.statusCode === 429) return undefined;
  if (PASSING_STATUSES.has(reply.statusCode) && !isCommitted) return undefined;
  const body = payload ?? '';
  if (typeof body !== 'string' || Buffer.byteLength(body) > MAX_BODY_BYTES) return undefined;
  const headers = KEPT_HEADERS.flatMap((name) => {
    const value = reply.getHeader(name);
    return value === undefined ? [] : [[name, String(value)] as const];
  });
  return { status: reply.statusCode, headers: Object.fromEntries(headers), body };
}

export function readStoredAnswer(text: string): StoredAnswer {
  return storedAnswer.parse(JSON.parse(text));
}
