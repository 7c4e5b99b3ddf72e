import { afterEach, describe, expect, it } from '@jest/globals';
import type { Outcome } from '../../../src/queue/index.js';
import { aNote, enqueue, type NoteHandler, type QueueNode, startQueue } from '../../support/queue-bundle.js';

const done: Outcome = { kind: 'executed', summary: 'done' };

describe('work whose process died', () => {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
  });

  async function setup(handler: NoteHandler): Promise<QueueNode> {
    const { node, close } = await startQueue(handler);
    closing.push(close);
    return node;
  }

  const lanes = (count: number): ReturnType<typeof aNote>[] =>
    Array.from({ length: count }, (_, index) => aNote({ lane: `note:${index}`, note: String(index) }));

  async function untilRows(node: QueueNode, query: string, count: number): Promise<void> {
    while ((await node.database.query(query)).length !== count) await new Promise(setImmediate);
  }

  /** As if the process had died: what it has in hand is taken back. */
  async function bury(node: QueueNode): Promise<void> {
    await node.database.query('update queue_executors set is_dead = true');
    await node.rescue();
  }

  it('runs alone in its process afterwards, and in the end all of it succeeds', async () => {
    let isHanging = true;
    const begun = new Set<string>();
    let running = 0;
    let mostSuspects = 0;
    const node = await setup(async ({ operation }) => {
      if (isHanging) {
        begun.add(operation.payload.note);
        return new Promise<Outcome>(() => undefined);
      }
      running += 1;
      mostSuspects = Math.max(mostSuspects, running);
      await new Promise(setImmediate);
      running -= 1;
      return done;
    });
    await enqueue(node, ...lanes(8));
    node.worker.start();
    while (begun.size < 8) await new Promise(setImmediate);
    isHanging = false;
    await bury(node);
    await untilRows(node, 'select from queue_archive', 8);
    expect(mostSuspects).toBe(1);
    expect(await node.database.query('select distinct crashes from queue_archive')).toEqual([{ crashes: 1 }]);
  });

  it('parks the one operation that kills its process, and nothing that was beside it', async () => {
    const node = await setup(async ({ operation }) => {
      if (operation.payload.note !== '3') return done;
      // What a crash would do: the process is gone before anything is settled.
      await node.database.query('update queue_executors set is_dead = true');
      return new Promise<Outcome>(() => undefined);
    });
    await enqueue(node, ...lanes(8));
    node.worker.start();
    const parked = `select from queue_lanes where state = 'parked'`;
    while ((await node.database.query(parked)).length === 0) {
      await node.rescue();
      await new Promise(setImmediate);
    }
    await untilRows(node, 'select from queue_archive', 7);
    expect(
      await node.database.query(
        `select l.key, o.crashes, o.state from queue_operations o join queue_lanes l on l.id = o.lane_id`,
      ),
    ).toEqual([{ key: 'note:3', crashes: 3, state: 'CREATED' }]);
  });

  it('counts nothing against it when its process lives and had only lost the database', async () => {
    let begun = 0;
    let begin: () => void = () => undefined;
    const hasBegun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const node = await setup(async () => {
      begun += 1;
      begin();
      return begun === 1 ? new Promise<Outcome>(() => undefined) : done;
    });
    await enqueue(node, aNote());
    node.worker.start();
    await hasBegun;
    // Its beats were not answered for too long: it begins anew and gives the old registration back.
    node.clock.advance(60_000);
    await untilRows(node, 'select from queue_executors where is_retired', 1);
    await node.rescue();
    await untilRows(node, 'select from queue_archive', 1);
    expect(await node.database.query('select attempts, crashes from queue_archive')).toEqual([
      { attempts: 1, crashes: 0 },
    ]);
  });
});

describe('a worker that is told to stop', () => {
  it('gives back what cannot end in time without counting an attempt, and what was sent as UNKNOWN', async () => {
    const { node, close } = await startQueue(
      async (attempt) => {
        if (attempt.operation.payload.note === 'sent')
          await attempt.intend({ action: 'update', identifier: 'cn=x', digests: {} });
        return new Promise<Outcome>(() => undefined);
      },
      {},
      { drain: 500 },
    );
    await enqueue(node, aNote({ lane: 'note:1', note: 'waiting' }), aNote({ lane: 'note:2', note: 'sent' }));
    node.worker.start();
    while ((await node.database.query(`select from queue_operations where state = 'RUNNING'`)).length === 0)
      await new Promise(setImmediate);
    await node.worker.stop();
    expect(
      await node.database.query(
        `select l.key, l.state as lane, o.state, o.attempts, o.crashes
         from queue_lanes l join queue_operations o on o.lane_id = l.id order by l.key`,
      ),
    ).toEqual([
      { key: 'note:1', lane: 'ready', state: 'CREATED', attempts: 0, crashes: 0 },
      { key: 'note:2', lane: 'ready', state: 'UNKNOWN', attempts: 0, crashes: 0 },
    ]);
    expect(await node.database.query('select from queue_attempts')).toHaveLength(0);
    expect(await node.database.query('select from queue_executors where not is_dead')).toHaveLength(0);
    await close();
  });

  it('lets what ends in time end, and begins nothing more of its lane', async () => {
    const begun: (() => void)[] = [];
    const { node, close } = await startQueue(
      () =>
        new Promise<Outcome>((resolve) => {
          begun.push(() => resolve(done));
        }),
    );
    await enqueue(node, aNote({ note: 'one' }), aNote({ note: 'two' }));
    node.worker.start();
    // Begun, and not only claimed: what has not begun is given back.
    while (begun.length === 0) await new Promise(setImmediate);
    const stopped = node.worker.stop();
    begun[0]?.();
    await stopped;
    expect(await node.database.query(`select payload->>'note' as note from queue_archive`)).toEqual([
      { note: 'one' },
    ]);
    expect(await node.database.query('select state, attempts from queue_operations')).toEqual([
      { state: 'CREATED', attempts: 0 },
    ]);
    await close();
  });
});
