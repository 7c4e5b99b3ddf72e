// Whether somebody waits for a schedule of provisioning that is paused: words from figures.
import type { TargetStanding } from '../../queue/index.js';
import type { ScheduleStanding } from '../../schedule/index.js';

export const PROVISIONING_QUEUE = 'ProvisioningQueueTaskExecutor';
export const RETRY_PROVISIONING = 'RetryProvisioningTaskExecutor';

export interface NeededSchedule {
  readonly name: string;
  /** What stands still. */
  readonly consequence: string;
}

export function pausedThoughNeeded(
  schedules: readonly ScheduleStanding[],
  targets: readonly TargetStanding[],
): NeededSchedule[] {
  const paused = schedules.filter(({ isPaused }) => isPaused).map(({ name }) => name);
  const needed: NeededSchedule[] = [];
  if (
    paused.includes(PROVISIONING_QUEUE) &&
    targets.some(({ mode, lanes }) => mode === 'asynchronous' || lanes['gated-async'] > 0)
  ) {
    needed.push({ name: PROVISIONING_QUEUE, consequence: 'changes for asynchronous systems wait' });
  }
  if (paused.includes(RETRY_PROVISIONING) && targets.some(({ lanes }) => lanes['gated-retry'] > 0)) {
    needed.push({ name: RETRY_PROVISIONING, consequence: 'failed operations are not tried again' });
  }
  return needed;
}
