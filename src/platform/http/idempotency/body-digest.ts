// What of a body a repeated request is recognised by.
import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';

const digests = new WeakMap<object, Buffer>();
const NO_BODY = sha256(Buffer.alloc(0));

/** Called where the bytes still are bytes. */
export function keepBodyDigest(request: FastifyRequest, body: Buffer): void {
  if (request.headers['idempotency-key'] !== undefined) digests.set(request.raw, sha256(body));
}

export function bodyDigestOf(request: FastifyRequest): Buffer {
  return digests.get(request.raw) ?? NO_BODY;
}

function sha256(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}
