// The targets of the simulated world.
import { RETRY_POLICIES } from '../../../src/queue/domain/retry-schedule.js';
import { DATABASE_TARGET } from '../../../src/queue/target.js';
import type { TargetState } from '../model/tables.js';
import { NOTICES_TARGET, PROMPT_TARGET, SLOW_TARGET } from './kinds.js';

const PLAIN = {
  mode: 'synchronous',
  hold: null,
  concurrency: 4,
  rate_per_second: null,
  retry_policy: 'custom',
  retry_settings: {
    ...RETRY_POLICIES.default,
    firstDelaySeconds: 2,
    longestDelaySeconds: 20,
    giveUpAfterSeconds: 300,
  },
  has_breaker: true,
  breaker_trips: 0,
  burst: 1,
  rateNextAt: Number.NEGATIVE_INFINITY,
  breakerOpenUntil: null,
  probeExecutorId: null,
  probeUntil: null,
} as const;

export const TARGETS: readonly TargetState[] = [
  { ...PLAIN, id: DATABASE_TARGET, name: 'database', concurrency: 8, has_breaker: false },
  { ...PLAIN, id: NOTICES_TARGET, name: 'notices', concurrency: 2, rate_per_second: 4, burst: 4 },
  { ...PLAIN, id: PROMPT_TARGET, name: 'prompt' },
  {
    ...PLAIN,
    id: SLOW_TARGET,
    name: 'slow',
    mode: 'asynchronous',
    concurrency: 2,
    retry_settings: { type: 'steps', delaysSeconds: [1, 3, 9, 27] },
  },
];
