import { afterEach, describe, expect, it } from '@jest/globals';
import type { Attempt, Outcome } from '../../../src/queue/index.js';
import {
  aNote,
  enqueue,
  type NoteHandler,
  type NotePayload,
  type QueueNode,
  startNode,
  startQueue,
} from '../../support/queue-bundle.js';

const done: Outcome = { kind: 'executed', summary: 'done' };
const down: Outcome = {
  kind: 'transient',
  code: 'unreachable',
  message: 'connect ECONNREFUSED',
  sign: 'in-trouble',
};

describe('what one target takes', () => {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
  });

  async function setup(handler: NoteHandler): Promise<{ url: string; node: QueueNode }> {
    const bundle = await startQueue(handler);
    closing.push(bundle.close);
    return bundle;
  }

  async function aTarget(
    node: QueueNode,
    settings: { concurrency?: number; ratePerSecond?: number } = {},
  ): Promise<number> {
    return node.database.transact((transaction) =>
      node.targets.create(transaction, 'synchronous', {
        name: 'system:one',
        concurrency: 4,
        retryPolicy: 'default',
        ...settings,
      }),
    );
  }

  async function archivedNotes(node: QueueNode): Promise<string[]> {
    const rows = await node.database.query<{ note: string }>(
      `select payload->>'note' as note from queue_archive order by finished_at, lane_id, seq`,
    );
    return rows.map(({ note }) => note);
  }

  const notes = (count: number, targetId: number): ReturnType<typeof aNote>[] =>
    Array.from({ length: count }, (_, index) =>
      aNote({ lane: `note:${targetId}-${index}`, note: `${targetId}-${index}`, targetId }),
    );

  it('opens the breaker of a target in trouble, counts no attempt meanwhile, and goes on with one look', async () => {
    let isDown = true;
    const { node } = await setup(async () => (isDown ? down : done));
    const targetId = await aTarget(node);
    await enqueue(node, ...notes(40, targetId));
    node.worker.start();
    await node.until(async () => (await breaker(node, targetId)).trips >= 2);
    const counted = await node.database.query<{ attempts: number }>(
      'select sum(attempts)::int as attempts from queue_operations',
    );
    // Five in a row opened it; what was under way beside them may have counted too, the looks afterwards do not.
    expect(counted[0]?.attempts).toBeLessThanOrEqual(5 + 3);
    expect((await breaker(node, targetId)).reason).toContain('ECONNREFUSED');
    isDown = false;
    await node.until(async () => (await archivedNotes(node)).length === 40);
    expect(await breaker(node, targetId)).toEqual({ trips: 0, isOpen: false, reason: null });
  });

  it('leaves other targets alone while the breaker of one is open', async () => {
    const { node } = await setup(async ({ operation }) =>
      operation.payload.note.startsWith('1-') ? done : down,
    );
    const targetId = await aTarget(node);
    node.worker.start();
    await enqueue(node, ...notes(20, targetId));
    await node.until(async () => (await breaker(node, targetId)).isOpen);
    await enqueue(node, ...notes(20, 1));
    await node.until(async () => (await archivedNotes(node)).length === 20);
  });

  it('never opens the breaker of the database', async () => {
    let failures = 0;
    const { node } = await setup(async () => {
      failures += 1;
      return failures <= 30 ? down : done;
    });
    await enqueue(node, ...notes(10, 1));
    node.worker.start();
    await node.until(async () => (await archivedNotes(node)).length === 10);
    expect((await breaker(node, 1)).trips).toBe(0);
  });

  it('looks at a target with one operation at a time after its breaker was open, over all nodes', async () => {
    const running = new Set<Attempt<NotePayload>>();
    let isDown = true;
    let most = 0;
    let looks = 0;
    const handler: NoteHandler = async (attempt) => {
      running.add(attempt);
      if (looks > 0) most = Math.max(most, running.size);
      await new Promise(setImmediate);
      running.delete(attempt);
      return isDown ? down : done;
    };
    const { url, node } = await setup(handler);
    const second = await startNode(url, handler);
    closing.push(second.close);
    const targetId = await aTarget(node);
    await enqueue(node, ...notes(30, targetId));
    node.worker.start();
    second.worker.start();
    await untilTrips(node, targetId, 1);
    await untilIdle(node);
    looks = 1;
    await untilTrips(node, targetId, 4);
    expect(most).toBe(1);
    isDown = false;
    await untilRows(node, 'select from queue_archive', 30);
  });

  it('begins no more at the same time than the target takes, over all nodes', async () => {
    let running = 0;
    let most = 0;
    const handler: NoteHandler = async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise(setImmediate);
      running -= 1;
      return done;
    };
    const { url, node } = await setup(handler);
    const others = [await startNode(url, handler), await startNode(url, handler)];
    closing.push(...others.map(({ close }) => close));
    const targetId = await aTarget(node, { concurrency: 5 });
    for (const one of [node, ...others]) one.worker.start();
    await untilRows(node, 'select from queue_executors', 3);
    await enqueue(node, ...notes(200, targetId));
    await untilRows(node, 'select from queue_archive', 200);
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(5);
  });

  it('begins no more in a second than the target takes, over all nodes', async () => {
    const { url, node } = await setup(async () => done);
    const second = await startNode(url, async () => done);
    closing.push(second.close);
    const targetId = await aTarget(node, { concurrency: 64, ratePerSecond: 20 });
    // Several operations of one lane spend as many tokens as operations of several lanes.
    await enqueue(node, ...notes(20, targetId), ...Array.from({ length: 10 }, () => aNote({ targetId })));
    node.worker.start();
    second.worker.start();
    await untilRows(node, 'select from queue_archive', 30);
    const [row] = await node.database.query<{ seconds: number }>(
      'select extract(epoch from max(started_at) - min(started_at))::float8 as seconds from queue_attempts',
    );
    // What half a second brings may come at once, the 20 after it each a twentieth of a second later at the earliest.
    expect(row?.seconds).toBeGreaterThanOrEqual(20 / 20 - 0.1);
  });

  it('takes an urgent lane before a thousand others, and those are not starved', async () => {
    const { node } = await setup(async () => done);
    const targetId = await aTarget(node, { concurrency: 1 });
    await enqueue(node, ...notes(300, targetId));
    await enqueue(node, aNote({ lane: 'note:urgent', note: 'urgent', targetId, priority: 'urgent' }));
    node.worker.start();
    await node.until(async () => (await archivedNotes(node)).includes('urgent'));
    expect((await archivedNotes(node)).indexOf('urgent')).toBeLessThanOrEqual(1);
    const urgent = Array.from({ length: 60 }, (_, index) =>
      aNote({ lane: `note:u${index}`, note: `u${index}`, targetId, priority: 'urgent' }),
    );
    await enqueue(node, ...urgent);
    await node.until(async () => (await archivedNotes(node)).includes('u59'));
    const order = await archivedNotes(node);
    const between = order.slice(order.indexOf('u0'), order.indexOf('u59'));
    expect(between.some((note) => note.startsWith(`${targetId}-`))).toBe(true);
  });

  it('makes a lane urgent for as long as it holds urgent work, and no longer', async () => {
    const { node } = await setup(async () => done);
    await enqueue(node, aNote({ priority: 'urgent' }), aNote());
    expect(await priorityOf(node)).toBe(0);
    node.worker.start();
    await node.until(async () => (await archivedNotes(node)).length === 2);
    await enqueue(node, aNote());
    expect(await priorityOf(node)).toBe(1);
  });

  async function priorityOf(node: QueueNode): Promise<number | undefined> {
    const [row] = await node.database.query<{ priority: number }>(
      `select priority from queue_lanes where key = 'note:1'`,
    );
    return row?.priority;
  }

  async function breaker(
    node: QueueNode,
    targetId: number,
  ): Promise<{ trips: number; isOpen: boolean; reason: string | null }> {
    const [row] = await node.database.query<{ trips: number; isOpen: boolean; reason: string | null }>(
      `select breaker_trips as trips, breaker_open_until is not null as "isOpen", breaker_reason as reason
       from queue_targets where id = $1`,
      [targetId],
    );
    if (!row) throw new Error('no target');
    return row;
  }

  async function untilRows(node: QueueNode, query: string, count: number): Promise<void> {
    while ((await node.database.query(query)).length < count) await new Promise(setImmediate);
  }

  async function untilIdle(node: QueueNode): Promise<void> {
    while ((await node.database.query(`select from queue_lanes where state = 'leased'`)).length > 0)
      await new Promise(setImmediate);
  }

  async function untilTrips(node: QueueNode, targetId: number, trips: number): Promise<void> {
    while ((await breaker(node, targetId)).trips < trips) await new Promise(setImmediate);
  }
});
