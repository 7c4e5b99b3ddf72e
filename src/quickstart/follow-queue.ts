// Shows the queue being worked off, and says when it is empty or does not move any more.
import { setTimeout as delay } from 'node:timers/promises';
import { Operations } from '../queue/index.js';
import type { RunningService } from '../start-service.js';

export interface QueueFiguresSeen {
  readonly executed: number;
  readonly failed: number;
  readonly waiting: number;
}

const LOOK_EVERY_MS = 250;
const GIVE_UP_AFTER_MS = 120_000;

/** Resolves when nothing waits, or when nothing has moved for two minutes. */
export async function followQueue(
  { app }: RunningService,
  show: (line: string) => void,
): Promise<QueueFiguresSeen> {
  const operations = app.get(Operations);
  let lastChange = performance.now();
  let lastWaiting = -1;
  for (;;) {
    const { waiting, failed, executed } = await operations.summary();
    if (waiting !== lastWaiting) {
      lastWaiting = waiting;
      lastChange = performance.now();
      show(
        `${executed} operations executed, ${waiting} waiting${failed > 0 ? `, ${failed} failed so far` : ''}`,
      );
    }
    if (waiting === 0 || performance.now() - lastChange > GIVE_UP_AFTER_MS)
      return { executed, failed, waiting };
    await delay(LOOK_EVERY_MS);
  }
}
