// The plan of a run: which disturbances come, in which order, drawn from the seed.
import type { Chance } from './chance.js';

export const DISTURBANCES = [
  /** SIGKILL when a write of the node was seen and its reply was not. */
  'kill-before-reply',
  /** SIGKILL 0 to 5 ms after the node was given the reply to a write. */
  'kill-after-reply',
  /** SIGKILL at any moment. */
  'kill-at-random',
  /** SIGSTOP until well after the lease has run out, then SIGCONT. */
  'freeze',
  /** SIGTERM. */
  'terminate',
  /** pg_terminate_backend for every connection of the node. */
  'disconnect',
  /** PostgreSQL is stopped fast and started again. */
  'restart-database',
] as const;

export type Disturbance = (typeof DISTURBANCES)[number];

/** A third of the kills at each moment, and for every ten of them one of each other kind; the database is restarted seldom. */
export function planDisturbances(kills: number, chance: Chance): Disturbance[] {
  const times = (count: number, what: Disturbance): Disturbance[] =>
    Array.from({ length: count }, () => what);
  const third = Math.floor(kills / 3);
  const some = Math.ceil(kills / 10);
  return chance.shuffled([
    ...times(third, 'kill-before-reply'),
    ...times(third, 'kill-after-reply'),
    ...times(kills - 2 * third, 'kill-at-random'),
    ...times(some, 'freeze'),
    ...times(some, 'terminate'),
    ...times(some, 'disconnect'),
    ...times(Math.ceil(kills / 50), 'restart-database'),
  ]);
}
