// Operations that wait for an older one: their lane is dependent until that has ended, whatever its end.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type OperationRef, type Outcome, toOperationId } from '../../../src/queue/index.js';
import { DONE, HandWorker, noteOf, REFUSED } from '../../support/hand-worker.js';
import { untilWaitingForLock } from '../../support/lock-waits.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';
import { enqueue, type QueueNode, startNode } from '../../support/queue-bundle.js';
import { actor, aGroup, aTarget, groupOf, laneState, notesFor, refOf } from './queue-rows.fixture.js';

let database: TestDatabase;
let node: QueueNode;
let worker: HandWorker;

const neverRuns = async (): Promise<Outcome> => DONE;

beforeAll(async () => {
  database = await createTestDatabase();
  node = await startNode(database.url, neverRuns);
  worker = await HandWorker.of(node);
});

afterAll(async () => {
  await node?.close();
  await database?.drop();
});

/** Ends an operation by hand, with something happening before or after those who wait for it are told. */
async function endAround(
  { laneId, token, seq }: OperationRef & { readonly token: number },
  happening: { readonly before?: () => Promise<void>; readonly after?: () => Promise<void> },
): Promise<void> {
  await node.store.settle(async (settling) => {
    await settling.lockOwned(worker.id, [{ laneId, token, seq }]);
    await settling.finish(worker.id, [
      { laneId, token, seq, state: 'EXECUTED', result: 'done', attempts: 1 },
    ]);
    await happening.before?.();
    await settling.announce([{ laneId, seq, became: 'done', isOver: true }]);
    await happening.after?.();
  });
}

describe('an operation that waits for another', () => {
  it('begins when that one was executed', async () => {
    const targetId = await aTarget(node);
    const note = notesFor(targetId);
    await enqueue(node, note('w1-older'));
    await enqueue(node, note('w1-waiter', { waitsFor: await refOf(node, 'w1-older') }));
    expect(await laneState(node, 'lane:w1-waiter')).toBe('dependent');
    expect(await worker.work(targetId)).toEqual(['w1-older', 'w1-waiter']);
  });

  it('begins when that one was canceled', async () => {
    const targetId = await aTarget(node);
    const note = notesFor(targetId);
    await enqueue(node, note('w2-older'));
    const older = await refOf(node, 'w2-older');
    await enqueue(node, note('w2-waiter', { waitsFor: older }));
    await node.moves.one(actor, 'cancel', toOperationId(older), 'not wanted');
    expect(await worker.work(targetId)).toEqual(['w2-waiter']);
  });

  it('waits on while that one is parked, and begins when it has ended after all', async () => {
    const targetId = await aTarget(node);
    const note = notesFor(targetId);
    await enqueue(node, note('w3-older'));
    const older = await refOf(node, 'w3-older');
    await enqueue(node, note('w3-waiter', { waitsFor: older }));
    expect(await worker.work(targetId, () => REFUSED)).toEqual(['w3-older']);
    expect(await laneState(node, 'lane:w3-older')).toBe('parked');
    expect(await node.store.sweep()).toBe(0);
    expect(await laneState(node, 'lane:w3-waiter')).toBe('dependent');
    await node.moves.one(actor, 'retry', toOperationId(older), null);
    expect(await worker.work(targetId)).toEqual(['w3-older', 'w3-waiter']);
  });

  it('begins when that one ended as failed', async () => {
    const ending = await startNode(database.url, neverRuns, { whenExhausted: 'end' });
    try {
      const hand = await HandWorker.of(ending);
      const targetId = await aTarget(node);
      const note = notesFor(targetId);
      await enqueue(node, note('w4-older'));
      await enqueue(node, note('w4-waiter', { waitsFor: await refOf(node, 'w4-older') }));
      const outcome = (name: string): Outcome => (name === 'w4-older' ? REFUSED : DONE);
      expect(await hand.work(targetId, outcome)).toEqual(['w4-older', 'w4-waiter']);
    } finally {
      await ending.close();
    }
  });

  it('waits for whoever replaced that one, before or after it began to wait', async () => {
    const targetId = await aTarget(node);
    const note = notesFor(targetId);
    const inOneLane = { lane: 'lane:w5', supersession: 'state' as const };
    await enqueue(node, note('w5-a', inOneLane));
    const first = await refOf(node, 'w5-a');
    await enqueue(node, note('w5-early', { waitsFor: first }));
    await enqueue(node, note('w5-b', inOneLane));
    await enqueue(node, note('w5-c', inOneLane));
    await enqueue(node, note('w5-late', { waitsFor: first }));
    for (const waiter of ['w5-early', 'w5-late'])
      expect(await laneState(node, `lane:${waiter}`)).toBe('dependent');
    const last = await worker.claimOne(targetId);
    expect(noteOf(last)).toBe('w5-c');
    await worker.end([last, DONE]);
    expect((await worker.work(targetId)).toSorted()).toEqual(['w5-early', 'w5-late']);
  });

  it('waits for no replacement that waits for it', async () => {
    const targetId = await aTarget(node);
    const note = notesFor(targetId);
    await enqueue(node, note('w10-a', { supersession: 'state' }));
    const older = await refOf(node, 'w10-a');
    await enqueue(node, note('w10-waiter', { waitsFor: older }));
    const waitsFor = await refOf(node, 'w10-waiter');
    await enqueue(node, note('w10-b', { lane: 'lane:w10-a', supersession: 'state', waitsFor }));
    await node.store.sweep();
    expect(await worker.work(targetId)).toEqual(['w10-waiter', 'w10-b']);
  });

  it('waits for no replacement that stands behind it, or behind one that waits for it', async () => {
    const targetId = await aTarget(node);
    const note = notesFor(targetId);
    const lane = 'lane:w11';
    await enqueue(node, note('w11-a', { lane, supersession: 'state' }));
    const older = await refOf(node, 'w11-a');
    await enqueue(node, note('w11-elsewhere', { waitsFor: older }));
    await enqueue(node, note('w11-behind', { lane, waitsFor: await refOf(node, 'w11-elsewhere') }));
    await enqueue(node, note('w11-end', { lane, supersession: 'end' }));
    await node.store.sweep();
    expect(await worker.work(targetId)).toEqual(['w11-elsewhere', 'w11-behind', 'w11-end']);
  });

  it('does not wait for itself when it replaces what it was to wait for', async () => {
    const targetId = await aTarget(node);
    const note = notesFor(targetId);
    const inOneLane = { lane: 'lane:w12', supersession: 'state' as const };
    await enqueue(node, note('w12-a', inOneLane));
    await enqueue(node, note('w12-b', { ...inOneLane, waitsFor: await refOf(node, 'w12-a') }));
    expect(await worker.work(targetId)).toEqual(['w12-b']);
  });

  it('waits for nobody when that one has ended long ago or never was', async () => {
    const targetId = await aTarget(node);
    const note = notesFor(targetId);
    await enqueue(node, note('w6-older'));
    const older = await refOf(node, 'w6-older');
    await worker.work(targetId);
    await enqueue(
      node,
      note('w6-after', { waitsFor: older }),
      note('w6-nobody', { waitsFor: { laneId: 999_999_999, seq: 1 } }),
    );
    expect((await worker.work(targetId)).toSorted()).toEqual(['w6-after', 'w6-nobody']);
  });

  it('keeps its place in its lane: what is behind it waits, what is before it does not', async () => {
    const targetId = await aTarget(node);
    const note = notesFor(targetId);
    await enqueue(node, note('w7-older'));
    const waitsFor = await refOf(node, 'w7-older');
    await enqueue(
      node,
      note('w7-1', { lane: 'lane:w7' }),
      note('w7-2', { lane: 'lane:w7', waitsFor }),
      note('w7-3', { lane: 'lane:w7' }),
    );
    const claimed = await worker.claim(targetId);
    const named = new Map(claimed.map((one) => [noteOf(one), one]));
    const [older, first] = [named.get('w7-older'), named.get('w7-1')];
    if (!older || !first) throw new Error('both lanes are due');
    const [flushed] = await worker.end([first, DONE]);
    expect(flushed).toMatchObject({ next: null, lane: 'released' });
    expect(await laneState(node, 'lane:w7')).toBe('dependent');
    await worker.end([older, DONE]);
    expect(await worker.work(targetId)).toEqual(['w7-2', 'w7-3']);
  });

  it('is gated for ProvisioningQueue once it waits for nothing else', async () => {
    const targetId = await aTarget(node, 'asynchronous');
    const other = await aTarget(node);
    await enqueue(node, notesFor(other)('w8-older'));
    const waitsFor = await refOf(node, 'w8-older');
    await enqueue(node, notesFor(targetId)('w8-waiter', { waitsFor }));
    expect(await laneState(node, 'lane:w8-waiter')).toBe('dependent');
    await worker.work(other);
    expect(await laneState(node, 'lane:w8-waiter')).toBe('gated-async');
    await node.targets.admitCreated();
    expect(await worker.work(targetId)).toEqual(['w8-waiter']);
  });

  it('begins when that one was in a lane of one use, which is gone with it', async () => {
    const targetId = await aTarget(node);
    const note = notesFor(targetId);
    await enqueue(node, note('w9-older', { isSingleUse: true }));
    const older = await refOf(node, 'w9-older');
    await enqueue(node, note('w9-waiter', { waitsFor: older, isSingleUse: true }));
    expect(await worker.work(targetId)).toEqual(['w9-older', 'w9-waiter']);
    for (const key of ['lane:w9-older', 'lane:w9-waiter']) expect(await laneState(node, key)).toBeNull();
    await enqueue(node, note('w9-older-again', { lane: 'lane:w9-older', isSingleUse: true }));
    expect((await refOf(node, 'w9-older-again')).laneId).not.toBe(older.laneId);
    await enqueue(node, note('w9-late', { waitsFor: older }));
    expect((await worker.work(targetId)).toSorted()).toEqual(['w9-late', 'w9-older-again']);
  });
});

describe('at the same time', () => {
  it('an end that waited for the enqueue of a waiter opens it', async () => {
    const targetId = await aTarget(node);
    const note = notesFor(targetId);
    await enqueue(node, note('r1-older'));
    const waitsFor = await refOf(node, 'r1-older');
    const older = await worker.claimOne(targetId);
    let end: Promise<unknown> = Promise.resolve();
    await node.database.transact(async (transaction) => {
      node.queue.enqueue(transaction, note('r1-waiter', { waitsFor }));
      await node.queue.writeCollected(transaction);
      end = worker.end([older, DONE]);
      await untilWaitingForLock(node.database);
    });
    await end;
    expect(await worker.work(targetId)).toEqual(['r1-waiter']);
  });

  it('an enqueue that waited for the end does not wait any more', async () => {
    const targetId = await aTarget(node);
    const note = notesFor(targetId);
    await enqueue(node, note('r2-older'));
    const waitsFor = await refOf(node, 'r2-older');
    const older = await worker.claimOne(targetId);
    let enqueued: Promise<unknown> = Promise.resolve();
    await endAround(older, {
      before: async () => {
        enqueued = enqueue(node, note('r2-waiter', { waitsFor }));
        await untilWaitingForLock(node.database);
      },
    });
    await enqueued;
    expect(await worker.work(targetId)).toEqual(['r2-waiter']);
  });

  it('a waiter joins the group of the one it waits for, while that is ending', async () => {
    const targetId = await aTarget(node);
    const note = notesFor(targetId);
    const group = await aGroup(node);
    await enqueue(node, note('r7-older', { groups: [group] }));
    const waitsFor = await refOf(node, 'r7-older');
    const older = await worker.claimOne(targetId);
    let enqueued: Promise<unknown> = Promise.resolve();
    await endAround(older, {
      before: async () => {
        enqueued = enqueue(node, note('r7-waiter', { waitsFor, groups: [group] }));
        await untilWaitingForLock(node.database);
      },
    });
    // A dead-lock would have been the error of one of them.
    await enqueued;
    expect(await groupOf(node, group)).toMatchObject({ open: 1, total: 2 });
    expect(await worker.work(targetId)).toEqual(['r7-waiter']);
  });

  it('an enqueue that waited for a superseding waits for the one that replaced it', async () => {
    const targetId = await aTarget(node);
    const note = notesFor(targetId);
    const inOneLane = { lane: 'lane:r3', supersession: 'state' as const };
    await enqueue(node, note('r3-a', inOneLane));
    const waitsFor = await refOf(node, 'r3-a');
    let enqueued: Promise<unknown> = Promise.resolve();
    await node.database.transact(async (transaction) => {
      node.queue.enqueue(transaction, note('r3-b', inOneLane));
      await node.queue.writeCollected(transaction);
      enqueued = enqueue(node, note('r3-waiter', { waitsFor }));
      await untilWaitingForLock(node.database);
    });
    await enqueued;
    expect(await laneState(node, 'lane:r3-waiter')).toBe('dependent');
    expect(await worker.work(targetId)).toEqual(['r3-b', 'r3-waiter']);
  });

  it('a superseding that waited for the enqueue of a waiter takes it along', async () => {
    const targetId = await aTarget(node);
    const note = notesFor(targetId);
    const inOneLane = { lane: 'lane:r4', supersession: 'state' as const };
    await enqueue(node, note('r4-a', inOneLane));
    const waitsFor = await refOf(node, 'r4-a');
    let superseding: Promise<unknown> = Promise.resolve();
    await node.database.transact(async (transaction) => {
      node.queue.enqueue(transaction, note('r4-waiter', { waitsFor }));
      await node.queue.writeCollected(transaction);
      superseding = enqueue(node, note('r4-b', inOneLane));
      await untilWaitingForLock(node.database);
    });
    await superseding;
    expect(await laneState(node, 'lane:r4-waiter')).toBe('dependent');
    expect(await worker.work(targetId)).toEqual(['r4-b', 'r4-waiter']);
  });

  it('an end that finds the lane of a waiter in other hands leaves it to the sweep', async () => {
    const targetId = await aTarget(node);
    const note = notesFor(targetId);
    await enqueue(node, note('r5-older'));
    const waitsFor = await refOf(node, 'r5-older');
    await enqueue(node, note('r5-waiter', { waitsFor }));
    const older = await worker.claimOne(targetId);
    await node.database.transact(async (transaction) => {
      await transaction.query(`select from queue_lanes where key = 'lane:r5-waiter' for update`);
      await worker.end([older, DONE]);
    });
    expect(await laneState(node, 'lane:r5-waiter')).toBe('dependent');
    expect(await node.store.sweep()).toBe(1);
    expect(await worker.work(targetId)).toEqual(['r5-waiter']);
  });

  it('a lane that comes to its waiter while the other is ending is left to the sweep', async () => {
    const targetId = await aTarget(node);
    const note = notesFor(targetId);
    await enqueue(node, note('r6-older'));
    const waitsFor = await refOf(node, 'r6-older');
    await enqueue(node, note('r6-1', { lane: 'lane:r6' }), note('r6-2', { lane: 'lane:r6', waitsFor }));
    const claimed = await worker.claim(targetId);
    const [older, first] = claimed.toSorted((left, right) => noteOf(right).localeCompare(noteOf(left)));
    if (!older || !first) throw new Error('both lanes are due');
    await endAround(older, {
      after: async () => {
        await worker.end([first, DONE]);
      },
    });
    expect(await laneState(node, 'lane:r6')).toBe('dependent');
    expect(await node.store.sweep()).toBe(1);
    expect(await worker.work(targetId)).toEqual(['r6-2']);
  });
});
