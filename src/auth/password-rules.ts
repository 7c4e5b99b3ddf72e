import { problem } from '../platform/http/index.js';
import { isCommonPassword } from './common-passwords.js';
import { findPasswordFault } from './domain/password.js';

/** Why `password` cannot become the password of `login`, or undefined when it can. */
export function faultOfPassword(password: string, login: string): string | undefined {
  const fault = findPasswordFault(password);
  if (fault !== undefined) return fault;
  return isCommonPassword(password, login)
    ? 'is one that many people have, or little more than the login; choose another'
    : undefined;
}

/** @throws Problem 400 at `pointer` */
export function requireGoodPassword(password: string, login: string, pointer: string): void {
  const detail = faultOfPassword(password, login);
  if (detail === undefined) return;
  throw problem.invalidRequest(`${pointer}: ${detail}.`, { errors: [{ pointer, detail }] });
}
