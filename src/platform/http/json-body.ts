// A JSON body from its bytes: UTF-8 without a mark, within the limits, nothing in it twice.
import { isUtf8 } from 'node:buffer';
import { jsonFault } from './domain/json-limits.js';
import { problem } from './problem.js';

/** The largest JSON body, in bytes. */
export const BODY_LIMIT = 1_048_576;
const LIMITS = { depth: 32, keys: 1_000 } as const;
const BYTE_ORDER_MARK = '\ufeff';

/** An empty body is no body: clients name the type even where there is nothing to send. @throws Problem 400 */
export function readJsonBody(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined;
  if (!isUtf8(bytes)) throw problem.requestFailed('The body is not UTF-8. Send JSON in UTF-8.');
  const text = bytes.toString('utf8');
  if (text.startsWith(BYTE_ORDER_MARK)) {
    throw problem.requestFailed('The body begins with a byte order mark. Send JSON in UTF-8 without one.');
  }
  const fault = jsonFault(text, LIMITS);
  if (fault !== undefined) {
    throw problem.invalidRequest(`${fault.pointer || 'The body'}: ${fault.detail}.`, { errors: [fault] });
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw problem.requestFailed(`The body is not JSON: ${(error as Error).message}. Correct it there.`);
  }
}
