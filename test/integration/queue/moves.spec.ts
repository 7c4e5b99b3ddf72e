// What a person may do with waiting operations, one by one and many at a time, on a real database.
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Outcome } from '../../../src/queue/index.js';
import { MOVES, type MovableOperation, refusalOf } from '../../../src/queue/domain/moves.js';
import { fromOperationId } from '../../../src/queue/domain/operation-id.js';
import { LANE_STATES, QUEUED_STATES } from '../../../src/queue/domain/operation-state.js';
import { untilWaitingForLock } from '../../support/lock-waits.js';
import {
  aNote,
  enqueue,
  type NoteHandler,
  type NotePayload,
  type QueueNode,
  startQueue,
} from '../../support/queue-bundle.js';
import type { ConfirmedOperation, OperationKind } from '../../../src/queue/index.js';

const done: Outcome = { kind: 'executed', summary: 'done' };
const refused: Outcome = { kind: 'permanent', code: 'refused', message: 'The target refuses it.' };
const anna = { name: 'local:anna', requestId: 'r-1' };

describe('what a person does with waiting operations', () => {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
  });

  async function setup(
    handler: NoteHandler = async () => done,
    kind: Partial<OperationKind<NotePayload>> = {},
  ): Promise<QueueNode> {
    const bundle = await startQueue(handler, kind);
    closing.push(bundle.close);
    await bundle.node.store.prepare();
    return bundle.node;
  }

  const archived = (node: QueueNode): Promise<{ note: string; state: string }[]> =>
    node.database.query(
      `select payload->>'note' as note, state from queue_archive order by finished_at, lane_id, seq`,
    );

  async function idOf(node: QueueNode, note: string): Promise<string> {
    const [row] = await node.database.query<{ id: string }>(
      `select 'o' || lane_id || '-' || seq as id from queue_operations where payload->>'note' = $1`,
      [note],
    );
    if (!row) throw new Error(`nothing waits that says ${note}`);
    return row.id;
  }

  /** Parks the lanes of these notes without a worker. */
  const park = (node: QueueNode, where = 'true'): Promise<unknown> =>
    node.database.query(
      `with parked as (update queue_lanes l set state = 'parked' where ${where} returning l.id)
       update queue_operations o set state = 'FAILED', attempts = 3, failed_since = now()
       from parked p where o.lane_id = p.id
         and o.seq = (select min(q.seq) from queue_operations q where q.lane_id = p.id)`,
    );

  it('is told by one rule in TypeScript and in SQL, for every state', async () => {
    const node = await setup();
    await enqueue(node, ...['one', 'two', 'three'].map((note) => aNote({ note })));
    const ids = ['one', 'two', 'three'];
    const wrong: unknown[] = [];
    for (const laneState of LANE_STATES.filter((state) => state !== 'idle')) {
      for (const state of QUEUED_STATES) {
        for (const laneHold of laneState === 'held' ? ['maintenance', 'readonly', 'break'] : [null]) {
          await node.database.query(
            `update queue_lanes set state = $1, hold = $2, owner_id = case when $1 = 'leased' then 1 end, handed_seq = 2`,
            [laneState, laneHold],
          );
          await node.database.query('update queue_operations set state = $1 where seq = 1', [state]);
          for (const [index, note] of ids.entries()) {
            const seq = index + 1;
            const operation: MovableOperation = {
              seq,
              laneState,
              laneHold,
              headSeq: 1,
              handedSeq: 2,
              lastSeq: 3,
              state: seq === 1 ? state : 'CREATED',
            };
            for (const move of MOVES) {
              const { count } = await node.moves.preview({ move, ids: [await idOf(node, note)] });
              const isMeant = refusalOf(move, operation) === null;
              if (count > 0 !== isMeant) wrong.push({ move, operation, count });
            }
          }
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  it('cancels everything behind the head, and the head goes on in its place', async () => {
    const node = await setup();
    await enqueue(node, ...['head', 'two', 'three'].map((note) => aNote({ note })));
    await park(node);
    const id = await idOf(node, 'head');
    expect(await node.moves.one(anna, 'cancel-behind', id, 'a mistake')).toEqual({
      move: 'cancel-behind',
      moved: 2,
      hasMore: false,
    });
    expect(await archived(node)).toEqual([
      { note: 'two', state: 'CANCELED' },
      { note: 'three', state: 'CANCELED' },
    ]);
    await expect(node.moves.one(anna, 'cancel-behind', id, 'again')).rejects.toMatchObject({
      status: 409,
      type: '/problems/queue/nothing-behind',
    });
    await node.moves.one(anna, 'retry', id, null);
    node.worker.start();
    await node.until(async () => (await archived(node)).length === 3);
    expect((await archived(node)).at(-1)).toEqual({ note: 'head', state: 'EXECUTED' });
  });

  it('leaves alone what a worker has in hand, and what was handed out with it', async () => {
    const begun: string[] = [];
    const finish: ((outcome: Outcome) => void)[] = [];
    const node = await setup(({ operation }) => {
      begun.push(operation.payload.note);
      return operation.payload.note === 'head'
        ? new Promise((resolve) => finish.push(resolve))
        : Promise.resolve(done);
    });
    await enqueue(node, aNote({ note: 'head' }), aNote({ note: 'handed' }));
    node.worker.start();
    await untilRow(node, `select from queue_lanes where state = 'leased'`);
    await enqueue(node, aNote({ note: 'late' }));
    const [head, handed] = [await idOf(node, 'head'), await idOf(node, 'handed')];
    const running = { status: 409, type: '/problems/queue/operation-running' };
    for (const move of ['retry', 'cancel', 'confirm'] as const)
      await expect(node.moves.one(anna, move, head, 'x')).rejects.toMatchObject(running);
    await expect(node.moves.one(anna, 'cancel', handed, 'x')).rejects.toMatchObject(running);
    expect(await node.moves.one(anna, 'cancel-behind', head, 'x')).toMatchObject({ moved: 1 });
    finish[0]?.(done);
    await node.until(async () => (await archived(node)).length === 3);
    await untilRow(node, `select from queue_lanes where state = 'idle'`);
    expect(begun).toEqual(['head', 'handed']);
  });

  it('keeps the order of the lane when the head goes', async () => {
    const order: string[] = [];
    const node = await setup(async ({ operation }) => {
      order.push(operation.payload.note);
      return operation.payload.note === 'bad' ? refused : done;
    });
    await enqueue(node, ...['bad', 'b', 'c', 'd'].map((note) => aNote({ note })));
    node.worker.start();
    await untilRow(node, `select from queue_lanes where state = 'parked'`);
    await node.moves.one(anna, 'cancel', await idOf(node, 'c'), 'not wanted');
    await expect(node.moves.one(anna, 'retry', await idOf(node, 'd'), null)).rejects.toMatchObject({
      type: '/problems/queue/operation-waits-behind',
    });
    await node.moves.one(anna, 'cancel', await idOf(node, 'bad'), 'not wanted');
    await node.until(async () => (await archived(node)).length === 4);
    expect(order).toEqual(['bad', 'b', 'd']);
  });

  describe('with an operation whose effect is unknown', () => {
    async function unknown(
      kind: Partial<OperationKind<NotePayload>> = {},
    ): Promise<{ node: QueueNode; sent: string[] }> {
      const sent: string[] = [];
      let isAway = true;
      const node = await setup(async (attempt) => {
        const { note } = attempt.operation.payload;
        if (attempt.operation.state === 'UNKNOWN' && isAway)
          return { kind: 'transient', code: 'unreachable', message: 'still away', retryAfterMs: 3_600_000 };
        await attempt.intend({ action: 'create', identifier: `cn=${note}`, digests: {} });
        sent.push(note);
        if (note !== 'lost') return done;
        return { kind: 'unknown', code: 'connection-lost', message: 'reset' };
      }, kind);
      await enqueue(node, aNote({ note: 'lost' }), aNote({ note: 'next' }));
      node.worker.start();
      await untilRow(
        node,
        `select from queue_operations o join queue_lanes l on l.id = o.lane_id
         where o.state = 'UNKNOWN' and l.state = 'ready' and l.run_at > now()`,
      );
      isAway = false;
      return { node, sent };
    }

    it('takes a person at their word: it is executed, is not sent again, and its kind is told what was announced', async () => {
      const told: ConfirmedOperation<NotePayload>[] = [];
      const { node, sent } = await unknown({
        recordConfirmed: async (_, operations) => void told.push(...operations),
      });
      await node.moves.one(anna, 'confirm', await idOf(node, 'lost'), 'the entry is there');
      await node.until(async () => (await archived(node)).length === 2);
      expect(sent).toEqual(['lost', 'next']);
      expect(told).toMatchObject([
        { payload: { note: 'lost' }, sent: { action: 'create', identifier: 'cn=lost' } },
      ]);
      const [row] = await node.database.query(
        `select state, result, lane_key from queue_archive where payload->>'note' = 'lost'`,
      );
      expect(row).toEqual({
        state: 'EXECUTED',
        result: 'Confirmed by local:anna: the entry is there',
        lane_key: 'note:1',
      });
    });

    it('still hands what was announced to the next attempt of the lane', async () => {
      const { node } = await unknown();
      const ref = fromOperationId(await idOf(node, 'next'));
      await node.moves.one(anna, 'confirm', await idOf(node, 'lost'), 'seen');
      const intents = await node.store.unsettledIntents(ref ?? { laneId: 0, seq: 0 });
      expect(intents.map(({ identifier }) => identifier)).toContain('cn=lost');
    });
  });

  it('does not confirm what is known to have had no effect', async () => {
    const node = await setup();
    await enqueue(node, aNote({ note: 'one' }));
    await park(node);
    await expect(node.moves.one(anna, 'confirm', await idOf(node, 'one'), 'x')).rejects.toMatchObject({
      status: 409,
      type: '/problems/queue/operation-not-unknown',
    });
  });

  it('tells groups and those who wait', async () => {
    const node = await setup();
    const group = await node.database.transact((transaction) =>
      node.queue.openGroup(transaction, { subject: 'both', actor: 'test' }),
    );
    await enqueue(
      node,
      aNote({ lane: 'note:a', note: 'a', groups: [group] }),
      aNote({ lane: 'note:b', note: 'b', groups: [group] }),
      aNote({ lane: 'note:c', note: 'follow', waitsFor: { group } }),
    );
    const waitsFor = fromOperationId(await idOf(node, 'a'));
    await enqueue(node, aNote({ lane: 'note:d', note: 'after a', ...(waitsFor ? { waitsFor } : {}) }));
    await park(node, `l.key in ('note:a', 'note:b')`);
    expect((await node.operations.list({ limit: 10 })).items.map(({ waiting }) => waiting?.reason)).toEqual([
      'person',
      'person',
      'dependent',
      'dependent',
    ]);
    node.worker.start();
    const { selection } = await node.moves.preview({ move: 'cancel', state: 'FAILED' });
    await node.moves.many(anna, { move: 'cancel', state: 'FAILED', selection, reason: 'given up' });
    await node.until(async () => (await archived(node)).length === 4);
    expect(await node.database.query('select open, failed, total from queue_groups')).toEqual([
      { open: 0, failed: 2, total: 2 },
    ]);
  });

  it('removes a lane of one use with its last operation, and still shows what it was', async () => {
    const node = await setup();
    await enqueue(node, aNote({ note: 'once', isSingleUse: true }));
    await park(node);
    const id = await idOf(node, 'once');
    await node.moves.one(anna, 'cancel', id, 'not wanted');
    expect(await node.database.query('select from queue_lanes')).toEqual([]);
    expect(await node.operations.get(id)).toMatchObject({
      state: 'CANCELED',
      lane: 'note:1',
      target: 'database',
    });
    await expect(node.moves.one(anna, 'retry', id, null)).rejects.toMatchObject({
      type: '/problems/queue/operation-finished',
    });
  });

  it('stores hostile reasons without harm', async () => {
    const node = await setup();
    const reason = `<script>alert(1)</script>\u0000${'x'.repeat(4_000)}\ud800`;
    await enqueue(node, aNote({ note: 'one' }));
    const id = await idOf(node, 'one');
    await node.moves.one(anna, 'cancel', id, reason);
    const { result } = await node.operations.get(id);
    expect(result).toMatch(/^Canceled by local:anna: <script>alert\(1\)<\/script>\ufffdx+…$/);
    expect(result?.length).toBeLessThanOrEqual(2_000);
    expect(await node.database.query('select action from audit_records')).toEqual([
      { action: 'operation.canceled' },
    ]);
  });

  describe('many at a time', () => {
    it('retries 10,000 parked lanes as previewed, in one transaction', async () => {
      const node = await setup();
      for (let batch = 0; batch < 10; batch += 1) {
        await enqueue(
          node,
          ...Array.from({ length: 1_000 }, (_, index) => aNote({ lane: `note:${batch}-${index}` })),
        );
      }
      await park(node);
      const preview = await node.moves.preview({ move: 'retry', target: 'database' });
      expect(preview).toMatchObject({ count: 10_000, hasMore: false });
      expect(preview.items).toHaveLength(200);
      expect(preview.items[0]).toMatchObject({ state: 'FAILED', target: 'database', attempts: 3 });
      const moved = await node.moves.many(anna, {
        move: 'retry',
        target: 'database',
        selection: preview.selection,
        reason: 'the cause is gone',
      });
      expect(moved).toEqual({ move: 'retry', moved: 10_000, hasMore: false });
      expect(
        await node.database.query('select state, count(*)::int as lanes from queue_lanes group by state'),
      ).toEqual([{ state: 'ready', lanes: 10_000 }]);
      expect(await node.database.query('select distinct attempts from queue_operations')).toEqual([
        { attempts: 0 },
      ]);
      expect(
        await node.database.query('select count(distinct operation)::int as operations from audit_records'),
      ).toEqual([{ operations: 10_000 }]);
      // What is due already is not among what failed any more.
      expect(await node.moves.preview({ move: 'retry' })).toMatchObject({ count: 0 });
    }, 120_000);

    it('takes no more than 10,000 at once, and says that there are more', async () => {
      const node = await setup();
      await enqueue(node, aNote({ note: 'first' }));
      await node.database.query(
        `insert into queue_operations (lane_id, seq, kind, subject, payload, actor)
         select o.lane_id, o.seq + n, o.kind, o.subject, o.payload, o.actor
         from queue_operations o cross join generate_series(1, 10001) as n`,
      );
      await node.database.query('update queue_lanes set tail_seq = 10002');
      const { selection, ...preview } = await node.moves.preview({ move: 'cancel' });
      expect(preview).toMatchObject({ count: 10_000, hasMore: true });
      const moved = await node.moves.many(anna, { move: 'cancel', selection, reason: 'too many' });
      expect(moved).toEqual({ move: 'cancel', moved: 10_000, hasMore: true });
      expect(await node.database.query('select seq from queue_operations order by seq')).toEqual([
        { seq: 10_001 },
        { seq: 10_002 },
      ]);
    }, 120_000);

    it('moves nothing when it would be something else than was previewed', async () => {
      const node = await setup();
      await enqueue(node, aNote({ lane: 'note:a' }), aNote({ lane: 'note:b' }));
      await park(node, `l.key = 'note:a'`);
      const { selection } = await node.moves.preview({ move: 'cancel', state: 'FAILED' });
      await park(node);
      const request = { move: 'cancel', state: 'FAILED', selection, reason: 'x' } as const;
      await expect(node.moves.many(anna, request)).rejects.toMatchObject({
        status: 409,
        type: '/problems/queue/selection-changed',
        message: expect.stringMatching(/^1 operations were previewed.*2 in all\. Nothing was moved/),
      });
      await expect(node.moves.many(anna, { ...request, move: 'retry' })).rejects.toMatchObject({
        status: 409,
      });
      expect(await node.database.query('select from queue_operations')).toHaveLength(2);
      expect(await node.database.query('select from audit_records')).toEqual([]);
    });

    it('moves nothing when a worker was faster while it waited for the lane', async () => {
      const node = await setup();
      await enqueue(node, aNote({ note: 'one' }));
      const { selection } = await node.moves.preview({ move: 'cancel' });
      const worker = await node.database.transact(async (transaction) => {
        await transaction.query(
          `update queue_lanes set state = 'leased', owner_id = 1, handed_seq = 1, token = token + 1`,
        );
        const move = node.moves.many(anna, { move: 'cancel', selection, reason: 'x' }).then(
          () => 'moved',
          (error: { type: string }) => error.type,
        );
        await untilWaitingForLock(node.database);
        return { move };
      });
      expect(await worker.move).toBe('/problems/queue/selection-changed');
      expect(await node.database.query('select from queue_operations')).toHaveLength(1);
    });

    it('narrows by target, state, kind, lane and ids, and moves nothing when nothing fits', async () => {
      const node = await setup();
      await enqueue(node, ...['a', 'b', 'c'].map((name) => aNote({ lane: `note:${name}`, note: name })));
      await park(node, `l.key <> 'note:c'`);
      const count = async (
        selection: Omit<Parameters<typeof node.moves.preview>[0], 'move'>,
      ): Promise<number> => (await node.moves.preview({ move: 'cancel', ...selection })).count;
      expect(await count({})).toBe(3);
      expect(await count({ state: 'FAILED' })).toBe(2);
      expect(await count({ lane: 'note:a' })).toBe(1);
      expect(await count({ kind: 'note' })).toBe(3);
      expect(await count({ ids: [await idOf(node, 'b'), 'o999-1'], state: 'FAILED' })).toBe(1);
      for (const nothing of [
        { target: 'system:None' },
        { kind: 'other' },
        { lane: 'x' },
        { state: 'UNKNOWN' } as const,
      ]) {
        const { selection, ...preview } = await node.moves.preview({ move: 'cancel', ...nothing });
        expect(preview).toEqual({ move: 'cancel', count: 0, hasMore: false, items: [] });
        const moved = await node.moves.many(anna, { move: 'cancel', ...nothing, selection, reason: 'x' });
        expect(moved.moved).toBe(0);
      }
      expect(await node.database.query('select from queue_operations')).toHaveLength(3);
    });
  });
});

async function untilRow(node: QueueNode, query: string): Promise<void> {
  while ((await node.database.query(query)).length === 0) await new Promise(setImmediate);
}
