import { createHmac } from 'node:crypto';
import type { Secret } from '../../platform/logging/index.js';

/** What the receiver computes as well: HMAC-SHA-256 over `<timestamp>.<body>`, in hexadecimal. */
export function signNotice(secret: Secret, timestamp: string, body: string): string {
  return createHmac('sha256', secret.reveal()).update(`${timestamp}.${body}`).digest('hex');
}
