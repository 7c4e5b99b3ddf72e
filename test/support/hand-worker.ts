// A worker that moves by hand: one claim, one flush at a time, so that a spec can put whatever it wants in between.
import type { Outcome } from '../../src/queue/index.js';
import { type ClaimedOperation, toClaimed } from '../../src/queue/worker/claimed-operation.js';
import { flush, type Flushed } from '../../src/queue/worker/flush.js';
import type { QueueNode } from './queue-bundle.js';

const PLACES = 64;
export const DONE: Outcome = { kind: 'executed', summary: 'done' };
export const REFUSED: Outcome = { kind: 'permanent', code: 'refused', message: 'The target refuses it.' };
export const AWAY: Outcome = { kind: 'transient', code: 'unreachable', message: 'connect ECONNREFUSED' };
export const LOST: Outcome = { kind: 'unknown', code: 'lost', message: 'no answer' };

export class HandWorker {
  private constructor(
    private readonly node: QueueNode,
    readonly id: number,
  ) {}

  static async of(node: QueueNode): Promise<HandWorker> {
    await node.store.prepare();
    return new HandWorker(node, await node.store.register(['worker']));
  }

  /** What is due on a target, at most `turn` operations a lane. */
  async claim(targetId: number, turn = 16): Promise<ClaimedOperation[]> {
    const rows = await this.node.store.claim({
      executorId: this.id,
      places: new Map([[targetId, PLACES]]),
      free: PLACES,
      turn,
      priorities: [0, 1, 2],
    });
    return rows.flatMap((row) => {
      const lease = { token: row.token, targetId: row.target_id, laneTail: row.tail_seq };
      return row.seq === null ? [] : [toClaimed({ ...row, seq: row.seq }, lease)];
    });
  }

  /** The one operation that is due on a target. */
  async claimOne(targetId: number): Promise<ClaimedOperation> {
    const [claimed, ...more] = await this.claim(targetId);
    if (!claimed || more.length > 0)
      throw new Error(`${more.length + (claimed ? 1 : 0)} lanes are due, not one.`);
    return claimed;
  }

  /** Ends attempts in one flush. */
  async end(...ended: readonly (readonly [ClaimedOperation, Outcome])[]): Promise<Flushed[]> {
    return flush(
      ended.map(([operation, result]) => ({ operation, result, tookMs: 1, hasSent: true })),
      {
        store: this.node.store,
        kinds: this.node.kinds,
        executorId: this.id,
        targetOf: () => undefined,
        draw: () => 0.5,
        timeFactor: 1,
      },
    );
  }

  /** Claims and ends until nothing is due on a target any more; gives the notes in the order of their ends. */
  async work(targetId: number, outcomeOf: (note: string) => Outcome = () => DONE): Promise<string[]> {
    const notes: string[] = [];
    for (let claimed = await this.claim(targetId); claimed.length > 0; claimed = await this.claim(targetId)) {
      for (const first of claimed) {
        for (let next: ClaimedOperation | null = first; next;) {
          const note = noteOf(next);
          const [flushed]: Flushed[] = await this.end([next, outcomeOf(note)]);
          notes.push(note);
          next = flushed?.next ?? null;
        }
      }
    }
    return notes;
  }

  release({ laneId, token }: ClaimedOperation): Promise<void> {
    return this.node.store.release(this.id, laneId, token);
  }
}

export function noteOf({ payload }: ClaimedOperation): string {
  return (payload as { readonly note: string }).note;
}
