// What happens to a write on its way: drawn from the seed, write by write.
import type { Chance } from './chance.js';

export type WriteFate =
  | { readonly kind: 'passed' }
  /** Held back for a while, on its way there or on its way back. */
  | { readonly kind: 'delayed'; readonly milliseconds: number; readonly what: 'request' | 'reply' }
  /** The server never sees it, and the client a closed connection. */
  | { readonly kind: 'request-lost' }
  /** The server does it, and the client sees a closed connection. */
  | { readonly kind: 'reply-lost' }
  /** The server does it, and the client hears nothing more on that connection. */
  | { readonly kind: 'hung' };

export type FateKind = WriteFate['kind'];

/** Of a thousand writes. */
const LOST_REQUESTS = 30;
const LOST_REPLIES = 30;
const HUNG = 4;
const DELAYED = 600;

export function drawFate(chance: Chance): WriteFate {
  // Always the same number of draws: the fate of the n-th write depends on the seed and on n alone.
  const [draw, milliseconds, side] = [chance.draw() * 1_000, chance.between(5, 50), chance.draw()];
  if (draw < LOST_REQUESTS) return { kind: 'request-lost' };
  if (draw < LOST_REQUESTS + LOST_REPLIES) return { kind: 'reply-lost' };
  if (draw < LOST_REQUESTS + LOST_REPLIES + HUNG) return { kind: 'hung' };
  if (draw >= LOST_REQUESTS + LOST_REPLIES + HUNG + DELAYED) return { kind: 'passed' };
  return { kind: 'delayed', milliseconds, what: side < 0.5 ? 'request' : 'reply' };
}
