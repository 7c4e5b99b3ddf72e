import { z } from 'zod';
import { defineSettings, setting, type SettingsOf } from '../platform/config/index.js';

export const queueSettings = defineSettings('queue', {
  concurrency: setting(
    'PROVOST_QUEUE_CONCURRENCY',
    z.coerce.number().int().min(1).max(512).default(32),
    'Operations this process runs at the same time, over all targets.',
  ),
  retentionDays: setting(
    'PROVOST_QUEUE_RETENTION_DAYS',
    z.coerce.number().int().min(7).max(36_500).default(90),
    'Days after which finished operations, attempts and intents are dropped, at least 7; what still waits keeps its history.',
  ),
  timeFactor: setting(
    'PROVOST_QUEUE_TIME_FACTOR',
    z.coerce.number().min(0.01).max(10).default(1),
    'Scales beat, deadline, lease and retry delays together; 1 outside tests.',
  ),
});

export type QueueSettings = SettingsOf<typeof queueSettings>;

/** The durations of the queue, in milliseconds. */
export interface QueueTimes {
  readonly beat: number;
  /** Nothing is sent when the last acknowledged beat is older. */
  readonly beatFresh: number;
  readonly attemptDeadline: number;
  readonly lease: number;
  readonly rescueEvery: number;
  readonly poll: number;
  /** After this long a stop gives back what still runs. */
  readonly drain: number;
}

/** @throws Error when the numbers do not fit: an attempt must end before its lease does. */
export function queueTimes(factor: number): QueueTimes {
  const times = {
    beat: 3_000 * factor,
    beatFresh: 8_000 * factor,
    attemptDeadline: 20_000 * factor,
    lease: 30_000 * factor,
    rescueEvery: 5_000 * factor,
    poll: 500,
    drain: 20_000 * factor,
  };
  if (times.beatFresh + times.attemptDeadline >= times.lease) {
    throw new Error('The oldest usable beat plus the deadline of an attempt must be shorter than the lease.');
  }
  return times;
}
