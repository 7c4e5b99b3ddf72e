// What is said of one operation, from the rows as they are.
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Outcome } from '../../../src/queue/index.js';
import { aNote, enqueue, type NoteHandler, type QueueNode, startQueue } from '../../support/queue-bundle.js';

type Explanation = Awaited<ReturnType<QueueNode['explanations']['of']>>;

const done: Outcome = { kind: 'executed', summary: 'done' };
const refused: Outcome = { kind: 'permanent', code: 'refused', message: 'The target refuses it.' };

describe('the explanation of an operation', () => {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
  });

  async function setup(handler: NoteHandler = async () => done): Promise<QueueNode> {
    const bundle = await startQueue(handler);
    closing.push(bundle.close);
    await bundle.node.store.prepare();
    return bundle.node;
  }

  async function explain(node: QueueNode, note: string): Promise<Explanation> {
    const [row] = await node.database.query<{ id: string }>(
      `select 'o' || lane_id || '-' || seq as id from queue_operations where payload->>'note' = $1
       union all select 'o' || lane_id || '-' || seq from queue_archive where payload->>'note' = $1`,
      [note],
    );
    return node.explanations.of(row?.id ?? '');
  }

  const reasons = ({ findings }: Explanation): string[] => findings.map(({ reason }) => reason);

  it('names the executor that has it in hand, and when it announced what it sends', async () => {
    const node = await setup(async (attempt) => {
      await attempt.intend({ action: 'create', identifier: 'cn=x', digests: {} });
      return new Promise<Outcome>(() => undefined);
    });
    await enqueue(node, aNote({ note: 'running' }), aNote({ note: 'behind' }));
    node.worker.start();
    await untilRow(node, `select from queue_operations where state = 'RUNNING'`);
    const running = await explain(node, 'running');
    expect(reasons(running)).toEqual(['running']);
    expect(running.findings[0]).toMatchObject({
      text: expect.stringMatching(
        new RegExp(
          `^Executor \\d+ \\(process ${process.pid} on .+\\) has it in hand and was last heard of \\d+ s ago\\. It announced at `,
        ),
      ),
      since: expect.stringMatching(/Z$/),
    });
    expect(running.actions).toEqual([]);
    const behind = await explain(node, 'behind');
    expect(reasons(behind)).toEqual(['behind']);
    expect(behind.findings[0]?.text).toContain(`Of ${running.id}: A worker has it in hand.`);
    expect(behind.actions[0]?.command).toBe(`provost queue explain ${running.id}`);
  });

  it('tells of nobody working, of the breaker and of the rate, all at once', async () => {
    const node = await setup();
    await enqueue(node, aNote({ note: 'one' }));
    expect(reasons(await explain(node, 'one'))).toEqual(['due', 'no-worker']);
    await node.database.query(
      `update queue_targets set rate_per_second = 0.001, rate_next_at = now(), breaker_open_until = now() + interval '1 minute',
         breaker_reason = 'connect ECONNREFUSED' where id = 1`,
    );
    const [breaker] = (await explain(node, 'one')).findings;
    expect(breaker).toMatchObject({
      reason: 'breaker',
      text: 'The breaker of database is open, because attempts failed one after the other: connect ECONNREFUSED.',
      until: expect.stringMatching(/Z$/),
    });
    await node.database.query('update queue_targets set breaker_open_until = null where id = 1');
    expect(reasons(await explain(node, 'one'))).toEqual(['due', 'no-worker', 'rate-limit']);
  });

  it('says how many are due before it when the places of its target are used up', async () => {
    const node = await setup(() => new Promise<Outcome>(() => undefined));
    const targetId = await node.database.transact((transaction) =>
      node.targets.create(transaction, 'synchronous', {
        name: 'system:One',
        concurrency: 1,
        retryPolicy: 'default',
      }),
    );
    await enqueue(node, aNote({ lane: 'note:a', note: 'a', targetId }));
    node.worker.start();
    await untilRow(node, `select from queue_lanes where state = 'leased'`);
    await enqueue(node, aNote({ lane: 'note:b', note: 'b', targetId }));
    await enqueue(node, aNote({ lane: 'note:c', note: 'c', targetId }));
    const { findings } = await explain(node, 'c');
    expect(findings[1]).toMatchObject({
      reason: 'target-busy',
      text: 'system:One takes 1 at the same time, and 1 are in hand. 1 lane is due before it.',
    });
  });

  it('says what an operation or group is that is waited for, and why that one waits', async () => {
    const node = await setup(async () => refused);
    const group = await node.database.transact((transaction) =>
      node.queue.openGroup(transaction, { subject: 'everybody', actor: 'test' }),
    );
    await enqueue(
      node,
      aNote({ lane: 'note:a', note: 'first', subject: 'create the parent', groups: [group] }),
      aNote({ lane: 'note:b', note: 'follow', waitsFor: { group } }),
    );
    node.worker.start();
    await untilRow(node, `select from queue_lanes where state = 'parked'`);
    const [first] = await node.database.query<{ lane_id: number; seq: number }>(
      `select lane_id, seq from queue_operations where payload->>'note' = 'first'`,
    );
    await enqueue(
      node,
      aNote({
        lane: 'note:c',
        note: 'child',
        ...(first ? { waitsFor: { laneId: first.lane_id, seq: first.seq } } : {}),
      }),
    );
    expect((await explain(node, 'child')).findings[0]).toMatchObject({
      reason: 'dependent',
      text: expect.stringMatching(/\(create the parent\): The last attempt failed: The target refuses it\./),
    });
    const parked = await explain(node, 'first');
    expect(parked.findings[0]).toMatchObject({ reason: 'person', since: expect.stringMatching(/Z$/) });
    expect(parked.actions.map(({ call }) => call)).toEqual([
      `POST /api/v1/operations/${parked.id}/retries`,
      `POST /api/v1/operations/${parked.id}/cancellation`,
    ]);
  });

  it('asks whoever opens the gate when it does so, and whether anybody is there to do it', async () => {
    const node = await setup();
    const nextAt = new Date('2099-01-01T00:00:00Z');
    let isPaused = false;
    node.gateKeepers.register('gated-async', async () => ({ name: 'Ticks', isPaused, nextAt }));
    expect(() => node.gateKeepers.register('gated-async', async () => undefined)).toThrow('remove one');
    const targetId = await node.database.transact((transaction) =>
      node.targets.create(transaction, 'asynchronous', {
        name: 'system:One',
        concurrency: 1,
        retryPolicy: 'default',
      }),
    );
    await enqueue(node, aNote({ note: 'one', targetId }));
    const short = async (): Promise<unknown> => (await node.operations.list({ limit: 1 })).items[0]?.waiting;
    expect(await short()).toMatchObject({ text: expect.stringContaining('role scheduler'), until: null });
    await node.database.query(
      `insert into queue_executors (node, pid, roles) values ('idm1', 1, array['scheduler'])`,
    );
    expect(await short()).toMatchObject({
      reason: 'provisioning-queue',
      text: expect.stringContaining('next run of Ticks'),
      until: nextAt.toISOString(),
    });
    isPaused = true;
    expect(await explain(node, 'one')).toMatchObject({
      findings: [{ reason: 'provisioning-queue', text: expect.stringContaining('Ticks is paused') }],
      actions: [{ command: 'provost schedule resume Ticks' }, {}, {}],
    });
  });

  it('says of a superseded operation what became of it, also when its lane is gone', async () => {
    const node = await setup();
    await enqueue(node, aNote({ note: 'old', supersession: 'state', isSingleUse: true }));
    await enqueue(node, aNote({ note: 'new', supersession: 'state', isSingleUse: true }));
    const waiting = await explain(node, 'new');
    expect((await explain(node, 'old')).findings[0]?.text).toMatch(
      new RegExp(`^It ended as SUPERSEDED.*part of ${waiting.id}: It is due`),
    );
    node.worker.start();
    await untilRow(node, `select from queue_archive where state = 'EXECUTED'`);
    await untilRow(node, 'select where not exists (select from queue_lanes)');
    expect(await explain(node, 'old')).toMatchObject({
      state: 'SUPERSEDED',
      lane: 'note:1',
      target: 'database',
      findings: [
        { reason: 'ended', text: expect.stringContaining(`part of ${waiting.id}: it ended as EXECUTED.`) },
      ],
      actions: [{ command: `provost queue explain ${waiting.id}` }],
    });
  });

  it('is not there for what never was', async () => {
    const node = await setup();
    await expect(node.explanations.of('o999-1')).rejects.toMatchObject({ status: 404 });
  });
});

async function untilRow(node: QueueNode, query: string): Promise<void> {
  while ((await node.database.query(query)).length === 0) await new Promise(setImmediate);
}
