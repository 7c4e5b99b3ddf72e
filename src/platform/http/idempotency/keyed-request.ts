// How a repeated request is recognised: same caller and key, same method, URL and bytes.
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import { principalOf } from '../principal.js';
import { problem } from '../problem.js';
import { bodyDigestOf } from './body-digest.js';
import type { KeyedRequest } from './idempotency-keys.js';

/** Visible ASCII, so that the key is the same text to every proxy and log on the way. */
const KEY = /^[\x21-\x7e]{1,255}$/;

/** Undefined without a key, and without a caller whose key it could be. @throws Problem 400 when the key cannot be one */
export function keyedRequestOf(request: FastifyRequest): KeyedRequest | undefined {
  const key = request.headers['idempotency-key'];
  const principal = principalOf(request);
  if (key === undefined || principal === undefined) return undefined;
  if (typeof key !== 'string' || !KEY.test(key)) throw refusal('must be 1 to 255 visible ASCII characters');
  if (request.body instanceof Readable) throw refusal('is for requests with JSON or without a body');
  return {
    id: hash(principal.realm, principal.id, key).toString('hex'),
    fingerprint: hash(request.method, request.url, bodyDigestOf(request).toString('hex')),
  };
}

function refusal(detail: string): Error {
  return problem.invalidRequest(`The header Idempotency-Key ${detail}.`, {
    errors: [{ pointer: 'header/idempotency-key', detail }],
  });
}

/** Of several texts; where one ends cannot be mistaken. */
function hash(...texts: readonly string[]): Buffer {
  return createHash('sha256').update(JSON.stringify(texts)).digest();
}
