// Waits until nothing of a group is open. One look at a time for all who wait, so that a thousand of them cost no more
// than one, and none holds a connection.
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Clock } from '../../platform/clock/index.js';
import { Groups } from '../groups.service.js';

const LOOK_EVERY_MS = 50;

@Injectable()
export class GroupWatch implements OnModuleDestroy {
  /** By group, what to call when nothing of it is open. */
  readonly #waiting = new Map<number, Set<() => void>>();
  #isLooking = false;
  #isStopping = false;

  constructor(
    private readonly groups: Groups,
    private readonly clock: Clock,
  ) {}

  /** Whoever waits is answered before the process ends. */
  onModuleDestroy(): void {
    this.#isStopping = true;
    for (const id of this.#waiting.keys()) this.#end(id);
  }

  /** Resolves when nothing of the group is open, after so many milliseconds, or when `signal` is aborted. Never rejects. */
  async untilNothingOpen(groupId: number, milliseconds: number, signal: AbortSignal): Promise<void> {
    if (this.#isStopping || signal.aborted || milliseconds <= 0) return;
    await new Promise<void>((resolve) => {
      const waiting = this.#waiting.get(groupId) ?? new Set();
      this.#waiting.set(groupId, waiting);
      const leave = (): void => {
        cancel();
        signal.removeEventListener('abort', leave);
        waiting.delete(leave);
        if (waiting.size === 0 && this.#waiting.get(groupId) === waiting) this.#waiting.delete(groupId);
        resolve();
      };
      const cancel = this.clock.after(milliseconds, leave);
      signal.addEventListener('abort', leave);
      waiting.add(leave);
      void this.#look();
    });
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    while (this.#waiting.size > 0) {
      const ids = [...this.#waiting.keys()];
      // While the database is away nobody knows: who waits does so until the time is over.
      const counts = await this.groups.counts(ids).catch(() => null);
      const open = new Set(counts?.flatMap(({ id, open: left }) => (left > 0 ? [id] : [])) ?? ids);
      for (const id of ids) if (!open.has(id)) this.#end(id);
      if (this.#waiting.size > 0) await this.clock.pause(LOOK_EVERY_MS);
    }
    this.#isLooking = false;
  }

  #end(groupId: number): void {
    for (const leave of this.#waiting.get(groupId) ?? []) leave();
  }
}
