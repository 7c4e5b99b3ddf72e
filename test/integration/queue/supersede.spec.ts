// Newer operations and what they replace: end to end, and with two connections where it is a matter of moments.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Outcome, toOperationId } from '../../../src/queue/index.js';
import type { ClaimedOperation } from '../../../src/queue/worker/claimed-operation.js';
import { AWAY, DONE, HandWorker, LOST, noteOf, REFUSED } from '../../support/hand-worker.js';
import { untilWaitingForLock } from '../../support/lock-waits.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';
import { enqueue, type QueueNode, startNode } from '../../support/queue-bundle.js';
import { archivedOf, aTarget, laneState, notesFor, refOf, waitingIn } from './queue-rows.fixture.js';

let database: TestDatabase;
let node: QueueNode;
let worker: HandWorker;

const state = { supersession: 'state' } as const;
const end = { supersession: 'end' } as const;
const INTENT = { action: 'update', identifier: 'cn=x', digests: {} };

beforeAll(async () => {
  database = await createTestDatabase();
  node = await startNode(database.url, async () => DONE);
  worker = await HandWorker.of(node);
});

afterAll(async () => {
  await node?.close();
  await database?.drop();
});

const intend = ({ laneId, token, seq }: ClaimedOperation): Promise<readonly string[]> =>
  node.store.storeIntents(worker.id, [{ laneId, token, seq, attempt: 1, intent: INTENT }]);

describe('a newer state', () => {
  it('replaces older ones that have not begun, and they say by whom', async () => {
    const targetId = await aTarget(node);
    const note = notesFor(targetId);
    const lane = 'lane:s1';
    for (const name of ['s1-a', 's1-b', 's1-c']) await enqueue(node, note(name, { lane, ...state }));
    expect(await waitingIn(node, lane)).toEqual(['s1-c']);
    const last = await refOf(node, 's1-c');
    const [first] = await node.database.query<{ superseded_by: number }>(
      `select superseded_by from queue_archive where payload->>'note' = 's1-a'`,
    );
    expect(first).toEqual({ superseded_by: last.seq - 1 });
    expect(await archivedOf(node, 's1-b')).toEqual({
      state: 'SUPERSEDED',
      result: `Superseded by ${toOperationId(last)}`,
      superseded_by: last.seq,
    });
    expect(await worker.work(targetId)).toEqual(['s1-c']);
  });

  it('replaces nothing that a worker has or was handed', async () => {
    const targetId = await aTarget(node);
    const note = notesFor(targetId);
    const lane = 'lane:s2';
    await enqueue(node, note('s2-plain', { lane }), note('s2-a', { lane, ...state }));
    const head = await worker.claimOne(targetId);
    await enqueue(node, note('s2-b', { lane, ...state }));
    await enqueue(node, note('s2-c', { lane, ...state }));
    expect(await waitingIn(node, lane)).toEqual(['s2-plain', 's2-a', 's2-c']);
    const [flushed] = await worker.end([head, DONE]);
    expect(flushed?.next && noteOf(flushed.next)).toBe('s2-a');
  });

  it('replaces nothing that is running or whose effect is unknown', async () => {
    const targetId = await aTarget(node);
    const note = notesFor(targetId);
    const lane = 'lane:s3';
    await enqueue(node, note('s3-a', { lane, ...state }));
    const head = await worker.claimOne(targetId);
    expect(await intend(head)).toEqual(['stored']);
    await enqueue(node, note('s3-b', { lane, ...state }));
    expect(await waitingIn(node, lane)).toEqual(['s3-a', 's3-b']);
    await worker.end([head, LOST]);
    await enqueue(node, note('s3-end', { lane, ...end }));
    expect(await waitingIn(node, lane)).toEqual(['s3-a', 's3-end']);
  });

  it('replaces no plain operation, nor what stands before one', async () => {
    const targetId = await aTarget(node);
    const note = notesFor(targetId);
    const lane = 'lane:s4';
    await enqueue(node, note('s4-a', { lane, ...state }));
    await enqueue(node, note('s4-plain', { lane }));
    await enqueue(node, note('s4-b', { lane, ...state }));
    await enqueue(node, note('s4-c', { lane, ...state }));
    expect(await waitingIn(node, lane)).toEqual(['s4-a', 's4-plain', 's4-c']);
  });

  it('tries a parked head again at once, which runs before it', async () => {
    const targetId = await aTarget(node);
    const note = notesFor(targetId);
    const lane = 'lane:s5';
    await enqueue(node, note('s5-a', { lane, ...state }));
    await worker.work(targetId, () => REFUSED);
    expect(await laneState(node, lane)).toBe('parked');
    await enqueue(node, note('s5-b', { lane, ...state }));
    expect(await worker.work(targetId)).toEqual(['s5-a', 's5-b']);
  });

  it('tries a failed head again before its time', async () => {
    const targetId = await aTarget(node);
    const note = notesFor(targetId);
    const lane = 'lane:s6';
    await enqueue(node, note('s6-a', { lane, ...state }));
    expect(await worker.work(targetId, () => AWAY)).toEqual(['s6-a']);
    await enqueue(node, note('s6-b', { lane, ...state }));
    expect(await worker.work(targetId)).toEqual(['s6-a', 's6-b']);
  });

  it('leaves the retry of a failed head to RetryProvisioning, and one that it opened open', async () => {
    const ticked = await startNode(database.url, async () => DONE, { retryGate: 'retry-tick' });
    try {
      const hand = await HandWorker.of(ticked);
      const targetId = await aTarget(node);
      const note = notesFor(targetId);
      const lane = 'lane:s7';
      await enqueue(ticked, note('s7-a', { lane, ...state }));
      await hand.work(targetId, () => AWAY);
      await enqueue(ticked, note('s7-b', { lane, ...state }));
      expect(await laneState(node, lane)).toBe('gated-retry');
      await node.targets.openDueRetries();
      expect(await laneState(node, lane)).toBe('ready');
      await enqueue(ticked, note('s7-c', { lane, ...state }));
      expect(await laneState(node, lane)).toBe('ready');
      expect(await hand.work(targetId)).toEqual(['s7-a', 's7-c']);
    } finally {
      await ticked.close();
    }
  });

  it('waits for ProvisioningQueue although the one it replaces was admitted', async () => {
    const targetId = await aTarget(node, 'asynchronous');
    const note = notesFor(targetId);
    const lane = 'lane:s8';
    await enqueue(node, note('s8-a', { lane, ...state }));
    await node.targets.admitCreated();
    expect(await laneState(node, lane)).toBe('ready');
    await enqueue(node, note('s8-b', { lane, ...state }));
    expect(await laneState(node, lane)).toBe('gated-async');
    await node.targets.admitCreated();
    expect(await worker.work(targetId)).toEqual(['s8-b']);
  });

  it('makes a thousand changes of one object one update, while its system is down', async () => {
    const targetId = await aTarget(node);
    const note = notesFor(targetId);
    const lane = 'lane:s9';
    await enqueue(node, note('s9-0', { lane, ...state }));
    await worker.work(targetId, () => AWAY);
    for (let change = 1; change <= 1_000; change += 1)
      await enqueue(node, note(`s9-${change}`, { lane, ...state }));
    expect(await waitingIn(node, lane)).toEqual(['s9-0', 's9-1000']);
    // Values are computed at each attempt: the first sends the newest, and the last finds them there.
    let sent = 0;
    let there: string | null = null;
    const outcome = (): Outcome => {
      if (there !== 's9-1000') sent += 1;
      there = 's9-1000';
      return DONE;
    };
    expect(await worker.work(targetId, outcome)).toEqual(['s9-0', 's9-1000']);
    expect(sent).toBe(1);
  }, 120_000);
});

describe('a newer end', () => {
  it('replaces every state before it that is not applied, a parked one too, and begins at once', async () => {
    const targetId = await aTarget(node);
    const note = notesFor(targetId);
    const lane = 'lane:e1';
    await enqueue(node, note('e1-a', { lane, ...state }));
    await worker.work(targetId, () => REFUSED);
    await enqueue(node, note('e1-plain', { lane }), note('e1-b', { lane, ...state }));
    await worker.work(targetId, () => REFUSED);
    expect(await laneState(node, lane)).toBe('parked');
    await enqueue(node, note('e1-end', { lane, ...end }));
    expect(await waitingIn(node, lane)).toEqual(['e1-plain', 'e1-end']);
    expect(await worker.work(targetId)).toEqual(['e1-plain', 'e1-end']);
  });

  it('does not wait for the time at which a failed head was to be tried again', async () => {
    const targetId = await aTarget(node);
    const note = notesFor(targetId);
    const lane = 'lane:e2';
    await enqueue(node, note('e2-a', { lane, ...state }));
    await worker.work(targetId, () => AWAY);
    await enqueue(node, note('e2-end', { lane, ...end }));
    expect(await worker.work(targetId)).toEqual(['e2-end']);
  });

  it('is replaced by nothing, and what follows waits for it', async () => {
    const targetId = await aTarget(node);
    const note = notesFor(targetId);
    const lane = 'lane:e3';
    await enqueue(node, note('e3-end', { lane, ...end }));
    await enqueue(node, note('e3-a', { lane, ...state }));
    await enqueue(node, note('e3-again', { lane, ...end }));
    expect(await waitingIn(node, lane)).toEqual(['e3-end', 'e3-again']);
    expect(await worker.work(targetId, (name) => (name === 'e3-end' ? REFUSED : DONE))).toEqual(['e3-end']);
    expect(await laneState(node, lane)).toBe('parked');
  });

  it.each([
    ['parked', REFUSED],
    ['delayed', AWAY],
  ])('that came while the head was in hand replaces it when that is %s', async (name, outcome) => {
    const targetId = await aTarget(node);
    const note = notesFor(targetId);
    const lane = `lane:e4-${name}`;
    await enqueue(node, note(`e4-a ${name}`, { lane, ...state }));
    const head = await worker.claimOne(targetId);
    await enqueue(node, note(`e4-end ${name}`, { lane, ...end }));
    expect(await waitingIn(node, lane)).toHaveLength(2);
    await worker.end([head, outcome]);
    expect(await archivedOf(node, `e4-a ${name}`)).toMatchObject({ state: 'SUPERSEDED' });
    expect(await worker.work(targetId)).toEqual([`e4-end ${name}`]);
  });

  it('that came while the head was in hand waits while the effect of that is unknown', async () => {
    const targetId = await aTarget(node);
    const note = notesFor(targetId);
    const lane = 'lane:e5';
    await enqueue(node, note('e5-a', { lane, ...state }));
    const head = await worker.claimOne(targetId);
    await intend(head);
    await enqueue(node, note('e5-end', { lane, ...end }));
    await worker.end([head, LOST]);
    expect(await waitingIn(node, lane)).toEqual(['e5-a', 'e5-end']);
    expect(await worker.work(targetId)).toEqual(['e5-a', 'e5-end']);
  });
});

describe('at the same time', () => {
  it('a claim that sees the queue as it was before sends nothing of what was replaced', async () => {
    const targetId = await aTarget(node);
    const note = notesFor(targetId);
    const lane = 'lane:r1';
    await enqueue(node, note('r1-a', { lane, ...state }));
    let claiming: Promise<ClaimedOperation> | undefined;
    // The claim has its snapshot, and waits for the row of its executor.
    await node.database.transact(async (transaction) => {
      await transaction.query('select from queue_executors where id = $1 for update', [worker.id]);
      claiming = worker.claimOne(targetId);
      await untilWaitingForLock(node.database);
      await enqueue(node, note('r1-b', { lane, ...state }));
    });
    const claimed = await claiming;
    if (!claimed) throw new Error('nothing was claimed');
    expect(noteOf(claimed)).toBe('r1-a');
    expect(await archivedOf(node, 'r1-a')).toMatchObject({ state: 'SUPERSEDED' });
    expect(await intend(claimed)).toEqual(['refused']);
    const [flushed] = await worker.end([claimed, DONE]);
    expect(flushed?.lane).toBe('gone');
    await worker.release(claimed);
    expect(await worker.work(targetId)).toEqual(['r1-b']);
  });

  it('a claim gates a head that no tick admitted, however its lane came to be ready', async () => {
    const targetId = await aTarget(node, 'asynchronous');
    await enqueue(node, notesFor(targetId)('r3-a'));
    await node.database.query(`update queue_lanes set state = 'ready' where key = 'lane:r3-a'`);
    expect(await worker.claim(targetId)).toEqual([]);
    expect(await laneState(node, 'lane:r3-a')).toBe('gated-async');
    await node.targets.admitCreated();
    expect(await worker.work(targetId)).toEqual(['r3-a']);
  });

  it('an enqueue waits for a claim under way, and replaces nothing of what that was handed', async () => {
    const targetId = await aTarget(node);
    const note = notesFor(targetId);
    const lane = 'lane:r2';
    await enqueue(node, note('r2-a', { lane, ...state }));
    let enqueued: Promise<unknown> = Promise.resolve();
    await node.database.transact(async (transaction) => {
      await transaction.query(
        `update queue_lanes set state = 'leased', owner_id = $1, token = token + 1, handed_seq = tail_seq where key = $2`,
        [worker.id, lane],
      );
      enqueued = enqueue(node, note('r2-b', { lane, ...state }));
      await untilWaitingForLock(node.database);
    });
    await enqueued;
    expect(await waitingIn(node, lane)).toEqual(['r2-a', 'r2-b']);
  });
});
