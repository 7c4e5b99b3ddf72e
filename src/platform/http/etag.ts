// Optimistic concurrency over HTTP (RFC 9110 §8.8, §13): the ETag is the row's version.
import { problem } from './problem.js';

export function etagOf(version: number): string {
  return `"${version}"`;
}

/**
 * Refuses a change of an object that is not the version the caller saw.
 * Without If-Match the change is accepted: last writer wins, by the caller's choice.
 * @throws Problem 412
 */
export function requireMatch(ifMatch: string | undefined, version: number): void {
  if (ifMatch === undefined || ifMatch.trim() === '*') return;
  if (tags(ifMatch).includes(etagOf(version))) return;
  throw problem.preconditionFailed(
    `If-Match was ${ifMatch}, but the object is at version ${etagOf(version)}. Read it again, then repeat your change.`,
  );
}

function tags(header: string): string[] {
  return header.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
}
