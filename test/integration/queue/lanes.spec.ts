import { afterEach, describe, expect, it } from '@jest/globals';
import type { Outcome } from '../../../src/queue/index.js';
import { aNote, enqueue, type NoteHandler, type QueueNode, startQueue } from '../../support/queue-bundle.js';

const done: Outcome = { kind: 'executed', summary: 'done' };
const refused: Outcome = { kind: 'permanent', code: 'refused', message: 'The target refuses it.' };
const away: Outcome = { kind: 'transient', code: 'unreachable', message: 'connect ECONNREFUSED' };

describe('lanes', () => {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
  });

  async function setup(handler: NoteHandler, kind = {}): Promise<{ url: string; node: QueueNode }> {
    const bundle = await startQueue(handler, kind);
    closing.push(bundle.close);
    return bundle;
  }

  async function archived(node: QueueNode): Promise<{ note: string; state: string }[]> {
    return node.database.query(
      `select payload->>'note' as note, state from queue_archive order by finished_at, lane_id, seq`,
    );
  }

  async function lane(
    node: QueueNode,
    key = 'note:1',
  ): Promise<{ state: string; attempts: number | null; op_state: string | null }> {
    const [row] = await node.database.query<{
      state: string;
      attempts: number | null;
      op_state: string | null;
    }>(
      `select l.state, o.attempts, o.state as op_state from queue_lanes l
       left join lateral (select * from queue_operations o where o.lane_id = l.id order by seq limit 1) o on true where l.key = $1`,
      [key],
    );
    if (!row) throw new Error(`no lane ${key}`);
    return row;
  }

  it('executes one lane in order and many lanes side by side', async () => {
    const running = new Map<string, number>();
    let overlaps = 0;
    const order = new Map<string, string[]>();
    const { node } = await setup(async ({ operation }) => {
      const [key = '', note = ''] = operation.payload.note.split('/');
      running.set(key, (running.get(key) ?? 0) + 1);
      if ((running.get(key) ?? 0) > 1) overlaps += 1;
      await new Promise((resolve) => setImmediate(resolve));
      running.set(key, (running.get(key) ?? 0) - 1);
      order.set(key, [...(order.get(key) ?? []), note]);
      return done;
    });
    const lanes = Array.from({ length: 20 }, (_, index) => `note:${index}`);
    for (const round of ['a', 'b']) {
      await enqueue(
        node,
        ...lanes.flatMap((key) =>
          Array.from({ length: 10 }, (_, index) => aNote({ lane: key, note: `${key}/${round}${index}` })),
        ),
      );
    }
    node.worker.start();
    await node.until(async () => (await archived(node)).length === 400);
    const expected = ['a', 'b'].flatMap((round) =>
      Array.from({ length: 10 }, (_, index) => `${round}${index}`),
    );
    for (const key of lanes) expect(order.get(key)).toEqual(expected);
    expect(overlaps).toBe(0);
    const states = await node.database.query(`select distinct state from queue_lanes`);
    expect(states).toEqual([{ state: 'idle' }]);
  });

  it('writes nothing when the caller rolls back', async () => {
    const { node } = await setup(async () => done);
    await expect(
      node.database.transact(async (transaction) => {
        node.queue.enqueue(transaction, aNote());
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(await node.database.query('select from queue_operations')).toHaveLength(0);
  });

  it('keeps a lane behind its failed head while the others go on', async () => {
    const { node } = await setup(async ({ operation }) =>
      operation.payload.note === 'bad' ? refused : done,
    );
    await enqueue(
      node,
      aNote({ note: 'bad' }),
      aNote({ note: 'behind' }),
      aNote({ lane: 'note:2', note: 'other' }),
    );
    node.worker.start();
    await node.until(
      async () => (await archived(node)).length === 1 && (await lane(node)).state === 'parked',
    );
    expect(await archived(node)).toEqual([{ note: 'other', state: 'EXECUTED' }]);
    expect(await lane(node)).toEqual({ state: 'parked', attempts: 1, op_state: 'FAILED' });
    const { items } = await node.operations.list({ limit: 10 });
    expect(items.map(({ waiting }) => waiting?.reason)).toEqual(['person', 'behind']);
  });

  it('retries what failed in passing until it succeeds', async () => {
    let failures = 2;
    const { node } = await setup(async () => (failures-- > 0 ? away : done));
    await enqueue(node, aNote());
    node.worker.start();
    await node.until(async () => (await archived(node)).length === 1);
    const attempts = await node.database.query<{ outcome: string }>(
      'select outcome from queue_attempts order by attempt',
    );
    expect(attempts.map(({ outcome }) => outcome)).toEqual(['transient', 'transient', 'executed']);
  });

  it('archives as failed what its kind ends when exhausted, and frees the lane', async () => {
    const { node } = await setup(
      async ({ operation }) => (operation.payload.note === 'bad' ? refused : done),
      { whenExhausted: 'end' },
    );
    await enqueue(node, aNote({ note: 'bad' }), aNote({ note: 'next' }));
    node.worker.start();
    await node.until(async () => (await archived(node)).length === 2);
    expect(await archived(node)).toEqual([
      { note: 'bad', state: 'FAILED' },
      { note: 'next', state: 'EXECUTED' },
    ]);
  });

  it('lets a newer change of the lane correct a parked head', async () => {
    let isCorrected = false;
    const { node } = await setup(async () => (isCorrected ? done : refused));
    await enqueue(node, aNote({ note: 'first', supersession: 'state' }));
    node.worker.start();
    await node.until(async () => (await lane(node)).state === 'parked');
    isCorrected = true;
    await enqueue(node, aNote({ note: 'second', supersession: 'state' }));
    await node.until(async () => (await archived(node)).length === 2);
  });

  it('commits children and completion together, and a faulty completion alone', async () => {
    const { node } = await setup(async ({ operation }) => ({
      kind: 'executed',
      summary: 'parent',
      ...(operation.payload.note.startsWith('parent')
        ? {
            settle: async (transaction, spawn) => {
              spawn(aNote({ lane: `child:${operation.payload.note}`, note: 'child' }));
              if (operation.payload.note === 'parent-bad') await transaction.query('select 1/0');
            },
          }
        : {}),
    }));
    await enqueue(
      node,
      ...['parent-a', 'parent-bad', 'parent-b'].map((note) => aNote({ lane: `note:${note}`, note })),
    );
    node.worker.start();
    await node.until(
      async () =>
        (await archived(node)).length === 4 && ((await lane(node, 'note:parent-bad')).attempts ?? 0) > 0,
    );
    expect((await archived(node)).map(({ note }) => note).toSorted()).toEqual([
      'child',
      'child',
      'parent-a',
      'parent-b',
    ]);
    expect(await node.database.query(`select from queue_lanes where key = 'child:parent-bad'`)).toHaveLength(
      0,
    );
    const [attempt] = await node.database.query<{ code: string }>(
      `select code from queue_attempts where outcome = 'transient'`,
    );
    expect(attempt?.code).toBe('settle-failed');
  });

  it('makes an operation whose sender vanished UNKNOWN and hands it to the next attempt with its intent', async () => {
    const seen: { state: string; intents: string[] }[] = [];
    const { node } = await setup(async (attempt) => {
      const earlier = await attempt.unsettledIntents();
      seen.push({ state: attempt.operation.state, intents: earlier.map(({ identifier }) => identifier) });
      if (seen.length > 1) return done;
      await attempt.intend({ action: 'create', identifier: 'cn=x', digests: { cn: 'd1' } });
      return new Promise<Outcome>(() => undefined);
    });
    await enqueue(node, aNote());
    node.worker.start();
    await untilRow(node, `select from queue_operations where state = 'RUNNING'`);
    await node.database.query('update queue_executors set is_dead = true');
    expect(await node.rescue()).toBe(1);
    await node.until(async () => (await archived(node)).length === 1);
    expect(seen).toEqual([
      { state: 'CREATED', intents: [] },
      { state: 'UNKNOWN', intents: ['cn=x'] },
    ]);
  });

  it('drops the late completion of an executor that was declared dead', async () => {
    const finish: ((outcome: Outcome) => void)[] = [];
    const { node } = await setup(() =>
      finish.length > 0 ? Promise.resolve(done) : new Promise((resolve) => finish.push(resolve)),
    );
    await enqueue(node, aNote());
    node.worker.start();
    await untilRow(node, `select from queue_lanes where state = 'leased'`);
    await node.database.query('update queue_executors set is_dead = true');
    finish[0]?.({ kind: 'executed', summary: 'late' });
    await node.rescue();
    await node.until(async () => (await archived(node)).length === 1);
    const ended = await node.database.query('select result, attempts, crashes from queue_archive');
    expect(ended).toEqual([{ result: 'done', attempts: 2, crashes: 1 }]);
  });

  it('gives up a lane when its own beat is too old, and goes on with it under a new registration', async () => {
    let isFrozen = true;
    const { node } = await setup(async (attempt) => {
      if (isFrozen) {
        isFrozen = false;
        node.clock.advance(60_000);
      }
      await attempt.intend({ action: 'create', identifier: 'cn=x', digests: { cn: 'd1' } });
      return done;
    });
    await enqueue(node, aNote({ note: 'one' }), aNote({ note: 'two' }));
    node.worker.start();
    let rescue: Promise<unknown> = Promise.resolve();
    const rescuing = setInterval(() => {
      rescue = rescue.then(() => node.rescue());
    }, 50);
    await node.until(async () => (await archived(node)).length === 2);
    clearInterval(rescuing);
    await rescue;
    expect(await node.database.query('select from queue_executors')).toHaveLength(2);
  });

  it('keeps no lane when the answer to a flush is lost', async () => {
    const { node } = await setup(async () => done);
    await enqueue(node, aNote({ note: 'one' }), aNote({ note: 'two' }), aNote({ note: 'three' }));
    const transact = node.database.transact.bind(node.database);
    let losses = 0;
    node.database.transact = async (work) => {
      const result = await transact(work);
      const hasFlushed = Array.isArray(result) && losses === 0;
      if (hasFlushed) {
        losses += 1;
        throw Object.assign(new Error('Connection terminated unexpectedly'), { code: '08006' });
      }
      return result;
    };
    node.worker.start();
    await node.until(async () => (await archived(node)).length === 3);
    expect(losses).toBe(1);
    expect((await archived(node)).map(({ note }) => note)).toEqual(['one', 'two', 'three']);
  });

  it('serves a target whatever places the others could take', async () => {
    const { node } = await setup(async () => done);
    const create = (name: string) =>
      node.database.transact((transaction) =>
        node.targets.create(transaction, 'synchronous', { name, concurrency: 64, retryPolicy: 'default' }),
      );
    await create('system:greedy');
    const last = await create('system:last');
    node.worker.start();
    await enqueue(node, aNote({ targetId: last, lane: 'note:last' }));
    await node.until(async () => (await archived(node)).length === 1);
  });

  it('keeps an unknown effect unknown when the attempt failed before the target was read', async () => {
    let attempts = 0;
    const { node } = await setup(async (attempt) => {
      attempts += 1;
      if (attempts > 1) return refused;
      await attempt.intend({ action: 'create', identifier: 'cn=x', digests: { cn: 'd1' } });
      return { kind: 'unknown', code: 'lost', message: 'no answer' };
    });
    await enqueue(node, aNote());
    node.worker.start();
    await node.until(async () => (await lane(node)).state === 'parked');
    expect(await lane(node)).toEqual({ state: 'parked', attempts: 2, op_state: 'UNKNOWN' });
  });

  it('parks an operation whose executor died three times', async () => {
    const { node } = await setup(() => new Promise<Outcome>(() => undefined));
    await enqueue(node, aNote());
    node.worker.start();
    for (let crash = 1; crash <= 3; crash += 1) {
      await untilRow(
        node,
        `select from queue_lanes l join queue_executors x on x.id = l.owner_id where not x.is_dead`,
      );
      await node.database.query('update queue_executors set is_dead = true');
      await node.rescue();
    }
    expect(await lane(node)).toEqual({ state: 'parked', attempts: 3, op_state: 'CREATED' });
  });

  it('holds what comes on an asynchronous target for ProvisioningQueue, and only what came before its tick', async () => {
    const executed: string[] = [];
    const { node } = await setup(
      async ({ operation }) => {
        executed.push(operation.payload.note);
        return done;
      },
      { retryGate: 'retry-tick' },
    );
    const targetId = await node.database.transact((transaction) =>
      node.targets.create(transaction, 'asynchronous', {
        name: 'system:slow',
        concurrency: 4,
        retryPolicy: 'default',
      }),
    );
    node.worker.start();
    await enqueue(node, aNote({ targetId, note: 'one' }), aNote({ targetId, note: 'two' }));
    const { items } = await node.operations.list({ limit: 10 });
    expect(items.map(({ waiting }) => waiting?.reason)).toEqual(['provisioning-queue', 'behind']);
    expect(await node.targets.admitCreated()).toBe(1);
    await node.until(async () => (await archived(node)).length === 2);
    await enqueue(node, aNote({ targetId, note: 'three' }));
    expect((await lane(node)).state).toBe('gated-async');
    await node.database.transact((transaction) => node.targets.setMode(transaction, targetId, 'synchronous'));
    await node.until(async () => (await archived(node)).length === 3);
    expect(executed).toEqual(['one', 'two', 'three']);
  });

  it('lets a person retry or cancel the head, with the reason in the audit record', async () => {
    const { node } = await setup(async ({ operation }) =>
      operation.payload.note === 'bad' ? refused : done,
    );
    await enqueue(node, aNote({ note: 'bad' }), aNote({ note: 'behind' }));
    node.worker.start();
    await node.until(async () => (await lane(node)).state === 'parked');
    const [head, behind] = (await node.operations.list({ limit: 10 })).items;
    const actor = { name: 'local:anna', requestId: 'r-1' };
    await expect(node.moves.one(actor, 'retry', behind?.id ?? '', null)).rejects.toMatchObject({
      status: 409,
    });
    await node.moves.one(actor, 'cancel', head?.id ?? '', 'not wanted');
    await node.until(async () => (await archived(node)).length === 2);
    expect(await archived(node)).toEqual([
      { note: 'bad', state: 'CANCELED' },
      { note: 'behind', state: 'EXECUTED' },
    ]);
    expect(await node.database.query('select actor, action, after from audit_records')).toEqual([
      { actor: 'local:anna', action: 'operation.canceled', after: { reason: 'not wanted' } },
    ]);
    await expect(node.moves.one(actor, 'cancel', head?.id ?? '', 'again')).rejects.toMatchObject({
      status: 409,
    });
    await expect(node.operations.get('o999-1')).rejects.toMatchObject({ status: 404 });
  });

  it('stores hostile words of a target without harm', async () => {
    const { node } = await setup(async () => ({
      kind: 'permanent',
      code: 'refused',
      message: `a\u0000b\ud800 ${'x'.repeat(5_000)}`,
    }));
    await enqueue(node, aNote());
    node.worker.start();
    await node.until(async () => (await lane(node)).state === 'parked');
    const [row] = await node.database.query<{ message: string }>('select message from queue_attempts');
    expect(row?.message.startsWith('a\ufffdb\ufffd xxx')).toBe(true);
    expect(row?.message.length).toBeLessThanOrEqual(2_000);
  });

  it('refuses a payload that is too large, in bytes, and writes nothing', async () => {
    const { node } = await setup(async () => done);
    const fits = aNote({ note: 'x'.repeat(2_000) });
    await expect(enqueue(node, fits, aNote({ note: 'é'.repeat(1_100) }))).rejects.toThrow(
      /2211 bytes; at most 2048/,
    );
    expect(await node.database.query('select from queue_operations')).toHaveLength(0);
    await enqueue(node, fits);
  });

  it('parks an operation of a kind that this version does not know, and says what to do', async () => {
    const { node } = await setup(async () => done);
    await enqueue(node, aNote(), aNote({ lane: 'note:2', note: 'known' }));
    await node.database.query(`update queue_operations set kind = 'of-tomorrow' where lane_id =
      (select id from queue_lanes where key = 'note:1')`);
    node.worker.start();
    await node.until(async () => (await lane(node)).state === 'parked');
    await node.until(async () => (await archived(node)).length === 1);
    const [attempt] = await node.database.query<{ code: string; message: string }>(
      `select code, message from queue_attempts where code is not null`,
    );
    expect(attempt).toEqual({
      code: 'unknown-kind',
      message: 'This version knows no operation kind of-tomorrow. Run the version that does, then retry.',
    });
  });

  it('frees a lane whose owner of the row commits late', async () => {
    const { node } = await setup(async () => done);
    await enqueue(node, aNote({ note: 'one' }));
    const holding = node.database.transact(async (transaction) => {
      await transaction.query(`select from queue_lanes where key = 'note:1' for no key update`);
      node.worker.start();
      await new Promise((resolve) => setImmediate(resolve));
      node.queue.enqueue(transaction, aNote({ note: 'two' }));
    });
    await holding;
    await node.until(async () => (await archived(node)).length === 2);
  });
});

async function untilRow(node: QueueNode, query: string): Promise<void> {
  for (let tries = 0; tries < 500; tries += 1) {
    if ((await node.database.query(query)).length > 0) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`no row for: ${query}`);
}
