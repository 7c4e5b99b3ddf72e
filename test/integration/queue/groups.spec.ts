// Groups: what their counts say, and that the follow-up of one begins when nothing of it is open any more, once.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type NewOperation, type Outcome, toOperationId } from '../../../src/queue/index.js';
import { loadStatement } from '../../../src/platform/database/index.js';
import { type WaitedChange, withWaitedChange } from '../../../src/queue/enqueue/waited-change.js';
import type { ClaimedOperation } from '../../../src/queue/worker/claimed-operation.js';
import { DONE, HandWorker, noteOf, REFUSED } from '../../support/hand-worker.js';
import { untilWaitingForLock } from '../../support/lock-waits.js';
import { enqueue, type QueueNode, startNode } from '../../support/queue-bundle.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';
import {
  actor,
  aGroup,
  aTarget,
  groupOf,
  laneState,
  notesFor,
  refOf,
  waitingIn,
} from './queue-rows.fixture.js';

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

const refused = (note: string): Outcome => (note.startsWith('bad') ? REFUSED : DONE);

/** Ends an operation and enqueues others as its children. */
const leaving = (...children: NewOperation[]): Outcome => ({
  kind: 'executed',
  summary: 'done',
  settle: async (_transaction, enqueueChild) => children.forEach(enqueueChild),
});

describe('a group', () => {
  it('counts each member once, however often it is named, and closes with the last', async () => {
    const targetId = await aTarget(node);
    const note = notesFor(targetId);
    const group = await aGroup(node);
    await enqueue(node, note('g1-a', { groups: [group, group] }), note('g1-b', { groups: [group] }));
    expect(await groupOf(node, group)).toEqual({ open: 2, failed: 0, total: 2, isClosed: false });
    const [first, second] = await worker.claim(targetId);
    if (!first || !second) throw new Error('two lanes are due');
    await worker.end([first, DONE]);
    expect(await groupOf(node, group)).toEqual({ open: 1, failed: 0, total: 2, isClosed: false });
    await worker.end([second, DONE]);
    expect(await groupOf(node, group)).toEqual({ open: 0, failed: 0, total: 2, isClosed: true });
  });

  it('is joined by the children of a member as the member ends, so that it never ends early', async () => {
    const targetId = await aTarget(node);
    const note = notesFor(targetId);
    const group = await aGroup(node);
    await enqueue(node, note('g2-parent', { groups: [group] }), note('g2-after', { waitsFor: { group } }));
    expect(await laneState(node, 'lane:g2-after')).toBe('dependent');
    const parent = await worker.claimOne(targetId);
    await worker.end([parent, leaving(note('g2-child'), note('g2-other'))]);
    expect(await groupOf(node, group)).toEqual({ open: 2, failed: 0, total: 3, isClosed: false });
    const children = await worker.claim(targetId);
    expect(children.map(noteOf).toSorted()).toEqual(['g2-child', 'g2-other']);
    const [child, other] = children;
    if (!child || !other) throw new Error('two children are due');
    await worker.end([child, leaving(note('g2-grandchild'))], [other, DONE]);
    expect(await groupOf(node, group)).toEqual({ open: 1, failed: 0, total: 4, isClosed: false });
    expect(await laneState(node, 'lane:g2-after')).toBe('dependent');
    await worker.end([await worker.claimOne(targetId), DONE]);
    expect(await groupOf(node, group)).toEqual({ open: 0, failed: 0, total: 4, isClosed: true });
    expect(await worker.work(targetId)).toEqual(['g2-after']);
  });

  it('counts a parked member as failed, and as open again when its target is tried again', async () => {
    const targetId = await aTarget(node);
    const note = notesFor(targetId);
    const group = await aGroup(node);
    await enqueue(node, note('bad-g3', { groups: [group] }));
    await worker.work(targetId, refused);
    expect(await groupOf(node, group)).toEqual({ open: 0, failed: 1, total: 1, isClosed: true });
    await node.database.transact((transaction) => node.targets.retryNow(transaction, targetId));
    expect(await groupOf(node, group)).toEqual({ open: 1, failed: 0, total: 1, isClosed: false });
  });

  it('counts a parked member as open again when a newer change corrects it', async () => {
    const targetId = await aTarget(node);
    const note = notesFor(targetId);
    const group = await aGroup(node);
    const inOneLane = { lane: 'lane:g4', supersession: 'state' as const };
    await enqueue(node, note('bad-g4', { ...inOneLane, groups: [group] }));
    await worker.work(targetId, refused);
    expect(await groupOf(node, group)).toMatchObject({ open: 0, failed: 1 });
    await enqueue(node, note('g4-newer', inOneLane));
    expect(await groupOf(node, group)).toEqual({ open: 1, failed: 0, total: 1, isClosed: false });
    expect(await worker.work(targetId)).toEqual(['bad-g4', 'g4-newer']);
    expect(await groupOf(node, group)).toEqual({ open: 0, failed: 0, total: 1, isClosed: true });
  });

  it('counts a parked member as open again when a person retries it, and as failed when one cancels it', async () => {
    const targetId = await aTarget(node);
    const note = notesFor(targetId);
    const group = await aGroup(node);
    await enqueue(
      node,
      note('bad-g5', { groups: [group] }),
      note('g5-after', { waitsFor: { group }, lane: 'lane:g5-after' }),
    );
    await worker.work(targetId, (name) => (name === 'bad-g5' ? REFUSED : DONE));
    const id = toOperationId(await refOf(node, 'bad-g5'));
    await node.moves.one(actor, 'retry', id, 'the cause is gone');
    expect(await groupOf(node, group)).toEqual({ open: 1, failed: 0, total: 1, isClosed: false });
    await node.moves.one(actor, 'cancel', id, 'not wanted');
    expect(await groupOf(node, group)).toEqual({ open: 0, failed: 1, total: 1, isClosed: true });
  });

  it('counts as failed what its kind ends when exhausted', async () => {
    const ending = await startNode(database.url, neverRuns, { whenExhausted: 'end' });
    try {
      const hand = await HandWorker.of(ending);
      const targetId = await aTarget(node);
      const group = await aGroup(node);
      await enqueue(node, notesFor(targetId)('bad-g6', { groups: [group] }));
      await hand.work(targetId, refused);
      expect(await groupOf(node, group)).toEqual({ open: 0, failed: 1, total: 1, isClosed: true });
    } finally {
      await ending.close();
    }
  });

  it('counts as failed what is parked because its process died three times', async () => {
    const targetId = await aTarget(node);
    const group = await aGroup(node);
    await enqueue(node, notesFor(targetId)('g14-a', { groups: [group] }));
    for (let crash = 1; crash <= 3; crash += 1) {
      expect(await groupOf(node, group)).toMatchObject({ open: 1, failed: 0 });
      const doomed = await HandWorker.of(node);
      await doomed.claimOne(targetId);
      await node.database.query('update queue_executors set is_dead = true where id = $1', [doomed.id]);
      await node.store.rescueLanes(100, 3);
    }
    expect(await groupOf(node, group)).toEqual({ open: 0, failed: 1, total: 1, isClosed: true });
  });

  it('counts for a superseded member the one that replaced it, once', async () => {
    const targetId = await aTarget(node);
    const note = notesFor(targetId);
    const [one, two] = [await aGroup(node), await aGroup(node)];
    const inOneLane = { lane: 'lane:g7', supersession: 'state' as const };
    await enqueue(node, note('g7-a', { ...inOneLane, groups: [one] }));
    await enqueue(node, note('g7-b', { ...inOneLane, groups: [one, two] }));
    expect(await groupOf(node, one)).toEqual({ open: 1, failed: 0, total: 1, isClosed: false });
    await enqueue(node, note('g7-c', inOneLane));
    expect(await waitingIn(node, 'lane:g7')).toEqual(['g7-c']);
    for (const group of [one, two])
      expect(await groupOf(node, group)).toEqual({ open: 1, failed: 0, total: 1, isClosed: false });
    expect(await worker.work(targetId)).toEqual(['g7-c']);
    for (const group of [one, two])
      expect(await groupOf(node, group)).toEqual({ open: 0, failed: 0, total: 1, isClosed: true });
  });

  it('counts two changes of one lane in one transaction once', async () => {
    const targetId = await aTarget(node);
    const note = notesFor(targetId);
    const group = await aGroup(node);
    const inOneLane = { lane: 'lane:g13', supersession: 'state' as const };
    await enqueue(node, note('g13-a', { ...inOneLane, groups: [group] }), note('g13-b', inOneLane));
    expect(await groupOf(node, group)).toEqual({ open: 1, failed: 0, total: 1, isClosed: false });
    expect(await worker.work(targetId)).toEqual(['g13-b']);
    expect(await groupOf(node, group)).toEqual({ open: 0, failed: 0, total: 1, isClosed: true });
  });

  it('is open again when what ends all before it replaces its parked member', async () => {
    const targetId = await aTarget(node);
    const note = notesFor(targetId);
    const group = await aGroup(node);
    await enqueue(node, note('bad-g8', { lane: 'lane:g8', supersession: 'state', groups: [group] }));
    await worker.work(targetId, refused);
    expect(await groupOf(node, group)).toMatchObject({ open: 0, failed: 1, isClosed: true });
    await enqueue(node, note('g8-end', { lane: 'lane:g8', supersession: 'end' }));
    expect(await groupOf(node, group)).toEqual({ open: 1, failed: 0, total: 1, isClosed: false });
    expect(await worker.work(targetId)).toEqual(['g8-end']);
    expect(await groupOf(node, group)).toEqual({ open: 0, failed: 0, total: 1, isClosed: true });
  });

  it('counts what was enqueued as failed: parked at the head, open behind another', async () => {
    const targetId = await aTarget(node);
    const note = notesFor(targetId);
    const group = await aGroup(node);
    const failure = { kind: 'permanent', code: 'no-value', message: 'An expression gives none.' } as const;
    await enqueue(
      node,
      note('g9-alone', { groups: [group], failure }),
      note('g9-first', { lane: 'lane:g9' }),
      note('g9-behind', { lane: 'lane:g9', groups: [group], failure }),
    );
    expect(await laneState(node, 'lane:g9-alone')).toBe('parked');
    expect(await groupOf(node, group)).toEqual({ open: 1, failed: 1, total: 2, isClosed: false });
    expect(await worker.work(targetId, (name) => (name === 'g9-behind' ? REFUSED : DONE))).toEqual([
      'g9-first',
      'g9-behind',
    ]);
    expect(await groupOf(node, group)).toEqual({ open: 0, failed: 2, total: 2, isClosed: true });
  });

  it('of a change that is waited for takes in what all its transactions enqueue, and no other', async () => {
    const note = notesFor(await aTarget(node));
    const change: WaitedChange = { subject: 'a change', actor: 'test', groupId: null };
    await withWaitedChange(change, async () => {
      await enqueue(node, note('g11-a'), note('g11-b'));
      await enqueue(node, note('g11-c'));
      await expect(
        node.database.transact(async (transaction) => {
          node.queue.enqueue(transaction, note('g11-rolled-back'));
          await node.queue.writeCollected(transaction);
          throw new Error('no');
        }),
      ).rejects.toThrow('no');
    });
    await enqueue(node, note('g11-other'));
    expect(await groupOf(node, change.groupId ?? -1)).toMatchObject({ open: 3, total: 3 });
  });

  it('of a change that is waited for is made with the first work that commits', async () => {
    const change: WaitedChange = { subject: 'a change', actor: 'test', groupId: null };
    await withWaitedChange(change, () => node.database.transact(async () => undefined));
    expect(change.groupId).toBeNull();
  });

  it('is forgotten after the retention, but not while a member is parked or it is young', async () => {
    const targetId = await aTarget(node);
    const note = notesFor(targetId);
    const [ended, parked, empty, young] = [
      await aGroup(node),
      await aGroup(node),
      await aGroup(node),
      await aGroup(node),
    ];
    await enqueue(node, note('g12-a', { groups: [ended] }), note('bad-g12', { groups: [parked] }));
    await worker.work(targetId, refused);
    await node.database.query(
      `update queue_groups set created_at = now() - interval '40 days',
         closed_at = case when closed_at is not null then now() - interval '31 days' end
       where id = any ($1)`,
      [[ended, parked, empty]],
    );
    const purge = loadStatement('purge-groups', new URL('../../../src/queue/', import.meta.url).href);
    const gone = await node.database.query<{ id: number }>(purge, [30, 100]);
    expect(gone.map(({ id }) => id).toSorted((one, other) => one - other)).toEqual([ended, empty]);
    expect(await groupOf(node, parked)).toMatchObject({ failed: 1 });
    expect(await groupOf(node, young)).toMatchObject({ total: 0 });
  });

  it('is locked with others in one order, whatever the order of ends and children', async () => {
    const targetId = await aTarget(node);
    const note = notesFor(targetId);
    const [low, high] = [await aGroup(node), await aGroup(node)];
    await enqueue(
      node,
      note('g10-in-low', { groups: [low] }),
      note('g10-in-high', { groups: [high] }),
      note('g10-parent-1'),
      note('g10-parent-2'),
    );
    const claimed = await worker.claim(targetId);
    const named = (name: string): ClaimedOperation => {
      const found = claimed.find((one) => noteOf(one) === name);
      if (!found) throw new Error(`${name} is not due`);
      return found;
    };
    let flushes: Promise<unknown>[] = [];
    await node.database.transact(async (transaction) => {
      await transaction.query('select from queue_groups where id = any ($1) order by id for update', [
        [low, high],
      ]);
      flushes = [
        worker.end(
          [named('g10-in-low'), DONE],
          [named('g10-parent-1'), leaving(note('g10-child-1', { groups: [high] }))],
        ),
        worker.end(
          [named('g10-in-high'), DONE],
          [named('g10-parent-2'), leaving(note('g10-child-2', { groups: [low] }))],
        ),
      ];
      await untilWaitingForLock(node.database, 2);
    });
    // A dead-lock would be the error of one of them.
    await Promise.all(flushes);
    for (const group of [low, high]) expect(await groupOf(node, group)).toMatchObject({ open: 1, total: 2 });
  });
});

describe('the follow-up of a group', () => {
  it('begins at once when the group is empty', async () => {
    const targetId = await aTarget(node);
    const group = await aGroup(node);
    await enqueue(node, notesFor(targetId)('f1-after', { waitsFor: { group } }));
    expect(await worker.work(targetId)).toEqual(['f1-after']);
  });

  it('begins although members failed, and once, although the group is open again later', async () => {
    const targetId = await aTarget(node);
    const note = notesFor(targetId);
    const group = await aGroup(node);
    await enqueue(
      node,
      note('bad-f2', { groups: [group] }),
      note('f2-good', { groups: [group] }),
      note('f2-after', { waitsFor: { group } }),
    );
    expect(await worker.work(targetId, refused)).toEqual(['bad-f2', 'f2-good', 'f2-after']);
    await node.moves.one(actor, 'retry', toOperationId(await refOf(node, 'bad-f2')), null);
    expect(await groupOf(node, group)).toMatchObject({ open: 1, isClosed: false });
    expect(await worker.work(targetId)).toEqual(['bad-f2']);
    expect(await groupOf(node, group)).toEqual({ open: 0, failed: 0, total: 2, isClosed: true });
  });

  it('waits on when a member came after the group was empty', async () => {
    const targetId = await aTarget(node);
    const note = notesFor(targetId);
    const group = await aGroup(node);
    await enqueue(node, note('f3-after', { waitsFor: { group } }));
    await enqueue(node, note('f3-late', { groups: [group] }));
    expect(await worker.work(targetId)).toEqual(['f3-late', 'f3-after']);
  });

  it('is opened by a last end that waited for its enqueue', async () => {
    const targetId = await aTarget(node);
    const note = notesFor(targetId);
    const group = await aGroup(node);
    await enqueue(node, note('f4-member', { groups: [group] }));
    const member = await worker.claimOne(targetId);
    let end: Promise<unknown> = Promise.resolve();
    await node.database.transact(async (transaction) => {
      node.queue.enqueue(transaction, note('f4-after', { waitsFor: { group } }));
      await node.queue.writeCollected(transaction);
      end = worker.end([member, DONE]);
      await untilWaitingForLock(node.database);
    });
    await end;
    expect(await laneState(node, 'lane:f4-after')).toBe('ready');
    expect(await worker.work(targetId)).toEqual(['f4-after']);
  });

  it('does not wait for a last end that its enqueue waited for', async () => {
    const targetId = await aTarget(node);
    const note = notesFor(targetId);
    const group = await aGroup(node);
    await enqueue(node, note('f5-member', { groups: [group] }));
    const member = await worker.claimOne(targetId);
    let enqueued: Promise<unknown> = Promise.resolve();
    await node.store.settle(async (settling) => {
      await settling.lockOwned(worker.id, [member]);
      await settling.finish(worker.id, [{ ...member, state: 'EXECUTED', result: 'done', attempts: 1 }]);
      await settling.announce([{ laneId: member.laneId, seq: member.seq, became: 'done', isOver: true }]);
      enqueued = enqueue(node, note('f5-after', { waitsFor: { group } }));
      await untilWaitingForLock(node.database);
    });
    await enqueued;
    expect(await laneState(node, 'lane:f5-after')).toBe('ready');
    expect(await worker.work(targetId)).toEqual(['f5-after']);
  });

  it('is no member of it, whatever it follows from or replaces', async () => {
    const targetId = await aTarget(node);
    const note = notesFor(targetId);
    const [one, two] = [await aGroup(node), await aGroup(node)];
    await enqueue(node, note('f7-parent', { groups: [one] }));
    const child = note('f7-child', { waitsFor: { group: one } });
    await worker.end([await worker.claimOne(targetId), leaving(child)]);
    expect(await groupOf(node, one)).toEqual({ open: 0, failed: 0, total: 1, isClosed: true });
    expect(await worker.work(targetId)).toEqual(['f7-child']);
    const inOneLane = { lane: 'lane:f7', supersession: 'state' as const };
    await enqueue(node, note('f7-older', { ...inOneLane, groups: [two] }));
    await enqueue(node, note('f7-newer', { ...inOneLane, waitsFor: { group: two } }));
    expect(await groupOf(node, two)).toEqual({ open: 0, failed: 0, total: 0, isClosed: true });
    expect(await worker.work(targetId)).toEqual(['f7-newer']);
  });

  it('may be several, and each begins', async () => {
    const targetId = await aTarget(node);
    const note = notesFor(targetId);
    const group = await aGroup(node);
    await enqueue(
      node,
      note('f6-member', { groups: [group] }),
      note('f6-after-1', { waitsFor: { group } }),
      note('f6-after-2', { waitsFor: { group } }),
    );
    await worker.end([await worker.claimOne(targetId), DONE]);
    expect((await worker.claim(targetId)).map(noteOf).toSorted()).toEqual(['f6-after-1', 'f6-after-2']);
  });
});
