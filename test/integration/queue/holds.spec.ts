// Targets that are held: nothing begins on them, and what they held goes on where it was.
import { afterEach, describe, expect, it } from '@jest/globals';
import { AuditLog } from '../../../src/audit/index.js';
import type { Outcome, TargetMode } from '../../../src/queue/index.js';
import { TargetHolds } from '../../../src/queue/target-holds.service.js';
import { aNote, enqueue, type NoteHandler, type QueueNode, startQueue } from '../../support/queue-bundle.js';

const done: Outcome = { kind: 'executed', summary: 'done' };
const anna = { name: 'local:anna', requestId: 'r-1' };
const settings = { concurrency: 16, retentionDays: 90, timeFactor: 0.2 };

interface LaneRow {
  readonly lane: string;
  readonly hold: string | null;
  readonly operation: string;
}

describe('a target that is held', () => {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
  });

  async function setup(
    handler: NoteHandler = async () => done,
    mode: TargetMode = 'synchronous',
  ): Promise<{ node: QueueNode; holds: TargetHolds; id: number }> {
    const bundle = await startQueue(handler);
    closing.push(bundle.close);
    const { node } = bundle;
    await node.store.prepare();
    const id = await node.database.transact((transaction) =>
      node.targets.create(transaction, mode, { name: 'system:One', concurrency: 4, retryPolicy: 'default' }),
    );
    return { node, holds: new TargetHolds(node.database, node.targets, new AuditLog(), settings), id };
  }

  const heads = (node: QueueNode): Promise<LaneRow[]> =>
    node.database.query<LaneRow>(
      `select l.state as lane, l.hold, o.state as operation from queue_lanes l
       join queue_operations o on o.lane_id = l.id
       where not exists (select from queue_operations p where p.lane_id = l.id and p.seq < o.seq)
       order by l.key`,
    );

  const executed = async (node: QueueNode): Promise<number> =>
    (await node.database.query(`select from queue_archive where state = 'EXECUTED'`)).length;

  it.each(['disabled', 'maintenance'] as const)(
    'begins nothing while it is %s, and everything once that is lifted',
    async (hold) => {
      let begun = 0;
      const { node, holds, id } = await setup(async () => {
        begun += 1;
        return done;
      });
      await holds.hold(anna, id, { hold, reason: 'new disks' });
      await enqueue(node, ...['a', 'b'].map((name) => aNote({ lane: `note:${name}`, targetId: id })));
      node.worker.start();
      await node.store.sweep();
      // Another target shows that the worker has looked.
      await enqueue(node, aNote({ lane: 'note:other' }));
      await node.until(async () => (await executed(node)) === 1);
      expect(begun).toBe(1);
      expect(await heads(node)).toEqual([
        { lane: 'held', hold, operation: 'NOT_EXECUTED' },
        { lane: 'held', hold, operation: 'NOT_EXECUTED' },
      ]);
      const { items } = await node.operations.list({ limit: 10 });
      expect(items[0]?.waiting).toMatchObject({
        reason: 'held',
        text: expect.stringContaining('(new disks)'),
      });
      await holds.lift(anna, id);
      await node.until(async () => (await executed(node)) === 3);
    },
  );

  it('is read when it is read-only, and nothing is written to it', async () => {
    const written: string[] = [];
    const read: string[] = [];
    const { node, holds, id } = await setup(async (attempt) => {
      const { note } = attempt.operation.payload;
      read.push(note);
      if (note === 'same') return done;
      await attempt.intend({ action: 'update', identifier: `cn=${note}`, digests: {} });
      written.push(note);
      return done;
    });
    await holds.hold(anna, id, { hold: 'readonly', reason: 'frozen' });
    await enqueue(
      node,
      aNote({ lane: 'note:a', note: 'different', targetId: id }),
      aNote({ lane: 'note:b', note: 'same', targetId: id }),
    );
    node.worker.start();
    await node.until(
      async () => (await heads(node)).some(({ lane }) => lane === 'held') && (await executed(node)) === 1,
    );
    expect(await heads(node)).toEqual([{ lane: 'held', hold: 'readonly', operation: 'NOT_EXECUTED' }]);
    expect(read.toSorted()).toEqual(['different', 'same']);
    expect(written).toEqual([]);
    const [waiting] = (await node.operations.list({ limit: 1 })).items;
    expect((await node.explanations.of(waiting?.id ?? '')).findings[0]?.text).toContain(
      'update cn=different was not sent.',
    );
    await holds.lift(anna, id);
    await node.until(async () => (await executed(node)) === 2);
    expect(written).toEqual(['different']);
  });

  it('keeps what failed and what is unknown as it is, and takes it up again', async () => {
    const { node, holds, id } = await setup();
    await enqueue(
      node,
      ...['created', 'failed', 'unknown'].map((note) => aNote({ lane: `note:${note}`, note, targetId: id })),
    );
    for (const state of ['failed', 'unknown']) {
      await node.database.query(
        `update queue_operations set state = $1, attempts = 2, failed_since = now() where payload->>'note' = $2`,
        [state.toUpperCase(), state],
      );
    }
    await holds.hold(anna, id, { hold: 'maintenance', reason: 'new disks' });
    await node.store.sweep();
    const states = async (): Promise<string[]> => (await heads(node)).map(({ operation }) => operation);
    expect(await states()).toEqual(['NOT_EXECUTED', 'FAILED', 'UNKNOWN']);
    await holds.lift(anna, id);
    expect(await states()).toEqual(['CREATED', 'FAILED', 'UNKNOWN']);
    expect((await heads(node)).map(({ lane }) => lane)).toEqual(['ready', 'ready', 'ready']);
    node.worker.start();
    await node.until(async () => (await executed(node)) === 3);
  });

  it('leaves what ProvisioningQueue has not admitted to its next tick', async () => {
    const { node, holds, id } = await setup(async () => done, 'asynchronous');
    await enqueue(node, aNote({ lane: 'note:admitted', targetId: id }));
    await node.targets.admitCreated();
    await holds.hold(anna, id, { hold: 'disabled', reason: 'moved' });
    await enqueue(node, aNote({ lane: 'note:late', targetId: id }));
    await node.store.sweep();
    await holds.lift(anna, id);
    expect((await heads(node)).map(({ lane }) => lane)).toEqual(['ready', 'gated-async']);
    node.worker.start();
    await node.until(async () => (await executed(node)) === 1);
    await node.targets.admitCreated();
    await node.until(async () => (await executed(node)) === 2);
  });

  it('goes from one hold to another, and keeps what it held', async () => {
    const { node, holds, id } = await setup();
    await enqueue(node, aNote({ targetId: id }));
    await holds.hold(anna, id, { hold: 'disabled', reason: 'moved' });
    await node.store.sweep();
    await holds.hold(anna, id, { hold: 'maintenance', reason: 'new disks' });
    await node.store.sweep();
    expect(await heads(node)).toEqual([{ lane: 'held', hold: 'maintenance', operation: 'NOT_EXECUTED' }]);
  });

  it('is not retried past its hold', async () => {
    const { node, holds, id } = await setup();
    await enqueue(node, aNote({ targetId: id }));
    await holds.hold(anna, id, { hold: 'maintenance', reason: 'new disks' });
    await node.store.sweep();
    const [waiting] = (await node.operations.list({ limit: 1 })).items;
    await expect(node.moves.one(anna, 'retry', waiting?.id ?? '', null)).rejects.toMatchObject({
      status: 409,
      type: '/problems/queue/operation-held',
    });
    await node.moves.one(anna, 'cancel', waiting?.id ?? '', 'not wanted');
    expect(await node.database.query('select state, hold from queue_lanes')).toEqual([
      { state: 'idle', hold: null },
    ]);
  });

  it('says who held it, how it stands, and what it was before, and is audited', async () => {
    const { node, holds, id } = await setup();
    await enqueue(node, aNote({ targetId: id }));
    await holds.hold(anna, id, { hold: 'maintenance', reason: `<b>\u0000${'x'.repeat(4_000)}` });
    await node.store.sweep();
    const shown = await holds.get(id);
    expect(shown).toMatchObject({
      name: 'system:One',
      hold: { kind: 'maintenance', by: 'local:anna', reason: expect.stringMatching(/^<b>\ufffdx+…$/) },
      breaker: { state: 'closed', until: null },
      concurrency: 4,
      lanes: { held: 1, ready: 0, leased: 0 },
      workers: 0,
    });
    await holds.lift(anna, id);
    expect(
      await node.database.query('select action, object_id, before, after from audit_records order by id'),
    ).toEqual([
      {
        action: 'target.held',
        object_id: String(id),
        before: { hold: null },
        after: { hold: 'maintenance', reason: shown.hold?.reason },
      },
      {
        action: 'target.released',
        object_id: String(id),
        before: { hold: 'maintenance', reason: shown.hold?.reason },
        after: { hold: null },
      },
    ]);
  });

  it('is lifted once, and elsewhere after a restore; the database is never read-only', async () => {
    const { node, holds, id } = await setup();
    await expect(holds.lift(anna, id)).rejects.toMatchObject({ type: '/problems/queue/target-not-held' });
    await expect(holds.lift(anna, 999)).rejects.toMatchObject({ status: 404 });
    await expect(holds.hold(anna, 1, { hold: 'readonly', reason: 'x' })).rejects.toMatchObject({
      type: '/problems/queue/target-always-written',
    });
    await node.database.transact((transaction) =>
      node.targets.setHold(transaction, id, { kind: 'restored', reason: 'a backup', by: 'system' }),
    );
    const restored = { status: 409, type: '/problems/queue/target-restored' };
    await expect(holds.lift(anna, id)).rejects.toMatchObject(restored);
    await expect(holds.hold(anna, id, { hold: 'disabled', reason: 'x' })).rejects.toMatchObject(restored);
    expect((await holds.get(id)).hold?.kind).toBe('restored');
  });

  it('lists targets page by page', async () => {
    const { holds, id } = await setup();
    const first = await holds.list({ limit: 2 });
    expect(first.items.map(({ name }) => name)).toEqual(['database', 'notices']);
    const second = await holds.list({ limit: 2, after: first.next ?? '' });
    expect(second).toMatchObject({ items: [{ id, name: 'system:One' }], next: null });
  });
});
