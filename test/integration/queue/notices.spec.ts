// People are told what waits for them: by a webhook that is really posted to, and that may be off.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { systemClock } from '../../../src/platform/clock/index.js';
import { ConfigurationError } from '../../../src/platform/config/index.js';
import { Dialer } from '../../../src/platform/dialer/index.js';
import { Secret } from '../../../src/platform/logging/index.js';
import { NoticeOperation } from '../../../src/queue/notices/notice.operation.js';
import { noticeDocument, type NoticeDocument } from '../../../src/queue/notices/notice-document.js';
import { NoticeSweep } from '../../../src/queue/notices/notice-sweep.js';
import { Webhook } from '../../../src/queue/notices/webhook.js';
import { aNote, enqueue, type NoteHandler, type QueueNode, startQueue } from '../../support/queue-bundle.js';
import { skipped } from '../../support/skipped.js';
import { issueCertificate } from '../../support/slapd.js';
import { startTlsServer } from '../../support/tls-server.js';

const itWithOpenssl =
  spawnSync('openssl', ['version']).status === 0 ? it : skipped('openssl is not installed');
const NOTICE = noticeDocument(
  '5b0c3f7e-6a2a-4a52-9f0e-0f2b8a3f7f11',
  new Date(0),
  {
    id: 3,
    name: 'system:Directory',
    hold: 'maintenance',
    holdReason: null,
    heldAt: new Date(0),
    breakerOpenUntil: null,
    breakerReason: null,
    parked: 0,
    most: 10_000,
  },
  [],
);
const SECRET = 'a secret of the two of us';
/** What parked longer ago is settled at once. */
const FACTOR = 0.01;

interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

interface Receiver {
  readonly url: string;
  readonly received: readonly Received[];
  readonly close: () => Promise<void>;
}

type Answer = (response: ServerResponse, count: number) => void;

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function startReceiver(
  answer: Answer = (response) => response.writeHead(204).end(),
): Promise<Receiver> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      received.push({
        path: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
      });
      answer(response, received.length);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  closing.push(close);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?to=people`,
    received,
    close,
  };
}

interface Notices {
  readonly node: QueueNode;
  readonly targetId: number;
  readonly sweep: NoticeSweep;
}

async function startNotices(
  url: string,
  handler: NoteHandler = () => Promise.resolve({ kind: 'executed', summary: 'done' }),
): Promise<Notices> {
  const { node, close } = await startQueue(handler);
  closing.push(close);
  const dialer = new Dialer({ allow: [], deny: [], ports: ['389'], isProduction: true });
  const webhook = new Webhook({ url, secret: new Secret(SECRET) }, dialer, systemClock);
  new NoticeOperation(node.kinds, node.database, webhook, systemClock).onModuleInit();
  const sweep = new NoticeSweep(
    node.database,
    node.queue,
    webhook,
    systemClock,
    { timeFactor: FACTOR },
    { roles: [] },
  );
  const [target] = await node.database.query<{ id: number }>(
    `insert into queue_targets (name) values ('system:Directory') returning id`,
  );
  node.worker.start();
  return { node, sweep, targetId: target?.id ?? 0 };
}

/** As a worker leaves them, a minute ago and one after the other. */
async function park({ node, targetId }: Notices, count: number, prefix = 'account'): Promise<void> {
  await node.database.query(
    `with parked as (
       insert into queue_lanes (key, target_id, shard, state, tail_seq, run_at)
       select $3 || ':' || n, $1, 0, 'parked', 1, now() - interval '1 minute' + n * interval '1 millisecond'
       from generate_series(1, $2::integer) n
       returning id, key
     )
     insert into queue_operations (lane_id, seq, kind, state, attempts, subject, payload, actor)
     select id, 1, 'note', 'FAILED', 4, 'match ' || key, '{"note":"hunter2"}', 'test' from parked`,
    [targetId, count, prefix],
  );
}

async function change({ node, targetId }: Notices, assignments: string): Promise<void> {
  await node.database.query(`update queue_targets set ${assignments} where id = $1`, [targetId]);
}

function documentOf({ body }: Received): NoticeDocument {
  return JSON.parse(body) as NoticeDocument;
}

/** One post by a process of its own, which trusts the authority in `caFile`. */
function postInProcess(url: string, caFile: string): ChildProcess {
  const sources = new URL('../../../src/', import.meta.url).href;
  const script = `
    import 'reflect-metadata';
    const { Webhook } = await import('${sources}queue/notices/webhook.ts');
    const { Dialer } = await import('${sources}platform/dialer/dialer.ts');
    const { Secret } = await import('${sources}platform/logging/secret.ts');
    const { systemClock } = await import('${sources}platform/clock/clock.ts');
    const dialer = new Dialer({ allow: [], deny: [], ports: [], isProduction: true });
    const webhook = new Webhook({ url: '${url}', secret: new Secret('${SECRET}') }, dialer, systemClock);
    await webhook.post(${JSON.stringify(NOTICE)}, new AbortController().signal);`;
  const loader = new URL('../../support/register-typescript.mjs', import.meta.url).href;
  return spawn(
    process.execPath,
    ['--no-warnings', '--import', loader, '--input-type=module', '--eval', script],
    {
      env: { ...process.env, NODE_EXTRA_CA_CERTS: caFile, NODE_OPTIONS: '' },
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
}

async function attemptsOf(
  node: QueueNode,
): Promise<{ outcome: string; code: string | null; message: string }[]> {
  return node.database.query(
    `select a.outcome, a.code, a.message from queue_attempts a join queue_lanes l on l.id = a.lane_id
     where l.key like 'notice:%' order by a.ended_at`,
  );
}

describe('a notice', () => {
  it('is one for ten thousand parked lanes, with their number, the first ten, and no payload', async () => {
    const receiver = await startReceiver();
    const notices = await startNotices(receiver.url);
    await park(notices, 10_000);

    expect(await notices.sweep.sweep()).toBe(1);
    await notices.node.until(() => receiver.received.length === 1);
    const [received] = receiver.received;
    if (received === undefined) throw new Error('nothing was received');
    const { target, parked, text } = documentOf(received);
    expect(target).toEqual({ id: notices.targetId, name: 'system:Directory' });
    expect(text).toBe('system:Directory has 10000 or more lanes that wait for a person.');
    expect(parked).toMatchObject({ lanes: 10_000, isAtLeast: true });
    expect(parked.first.map(({ subject }) => subject)).toEqual(
      Array.from({ length: 10 }, (_, index) => `match account:${index + 1}`),
    );
    expect(received.body).not.toContain('hunter2');
    expect(await notices.sweep.sweep()).toBe(0);
  });

  it('is signed over its time and body, and goes to the whole address', async () => {
    const receiver = await startReceiver();
    const notices = await startNotices(receiver.url);
    await park(notices, 1);
    await notices.sweep.sweep();
    await notices.node.until(() => receiver.received.length === 1);
    const [received] = receiver.received;
    const timestamp = String(received?.headers['provost-timestamp']);
    const signature = createHmac('sha256', SECRET).update(`${timestamp}.${received?.body}`).digest('hex');
    expect(received?.headers['provost-signature']).toBe(`v1=${signature}`);
    expect(received?.path).toBe('/hook?to=people');
    expect(Math.abs(Date.now() / 1_000 - Number(timestamp))).toBeLessThan(60);
  });

  it('is the same event in every attempt, with what is true when it is sent', async () => {
    const answers: ServerResponse[] = [];
    const receiver = await startReceiver((response, count) => {
      if (count === 1) answers.push(response);
      else response.writeHead(200).end('thank you');
    });
    const notices = await startNotices(receiver.url);
    await park(notices, 1);
    await notices.sweep.sweep();
    while (answers.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await park(notices, 2, 'later');
    answers[0]?.writeHead(503).end();
    await notices.node.until(() => receiver.received.length === 2);
    const [first, second] = receiver.received.map(documentOf);
    expect(second?.id).toBe(first?.id);
    expect(receiver.received[1]?.headers['provost-event-id']).toBe(first?.id);
    expect([first?.parked.lanes, second?.parked.lanes]).toEqual([1, 3]);
    await notices.node.until(async () => (await attemptsOf(notices.node)).length === 2);
    expect(await attemptsOf(notices.node)).toEqual([
      expect.objectContaining({ outcome: 'transient', code: 'http-503' }),
      expect.objectContaining({ outcome: 'executed' }),
    ]);
  });

  it('is not sent on to where the receiver points', async () => {
    const receiver = await startReceiver((response) =>
      response.writeHead(302, { location: '/elsewhere' }).end(),
    );
    const notices = await startNotices(receiver.url);
    await park(notices, 1);
    await notices.sweep.sweep();
    await notices.node.until(async () => (await attemptsOf(notices.node)).length > 0);
    expect((await attemptsOf(notices.node))[0]).toMatchObject({ outcome: 'configuration', code: 'http-302' });
    expect(receiver.received.map(({ path }) => path)).not.toContain('/elsewhere');
  });

  it('holds up nobody while its receiver is off, and shows no part of the address but the host', async () => {
    const receiver = await startReceiver();
    await receiver.close();
    let isDone = false;
    const notices = await startNotices(receiver.url, async () => {
      isDone = true;
      return { kind: 'executed', summary: 'done' };
    });
    await park(notices, 1);
    await notices.sweep.sweep();
    await notices.node.until(async () => (await attemptsOf(notices.node)).length > 0);
    await enqueue(notices.node, aNote());
    await notices.node.until(() => isDone);
    const [attempt] = await attemptsOf(notices.node);
    expect(attempt).toMatchObject({ outcome: 'transient', code: 'unreachable' });
    expect(attempt?.message).not.toContain('hook');
    const lanes = await notices.node.database.query(
      `select l.state from queue_lanes l where l.key like 'notice:%' and l.state = 'parked'`,
    );
    expect(lanes).toEqual([]);
  });

  it('is enqueued once, however many workers look', async () => {
    const notices = await startNotices((await startReceiver()).url);
    await park(notices, 5);
    const found = await Promise.all(Array.from({ length: 4 }, () => notices.sweep.sweep()));
    expect(found.reduce((sum, one) => sum + one, 0)).toBe(1);
  });
});

describe('what is news', () => {
  it('are lanes that park later, but not one by one', async () => {
    const notices = await startNotices((await startReceiver()).url);
    await park(notices, 1);
    expect(await notices.sweep.sweep()).toBe(1);
    await notices.node.database.query(
      `update queue_targets set parked_noticed_at = now() - interval '2 minutes'`,
    );
    await notices.node.database.query(
      `update queue_lanes set run_at = now() - interval '3 minutes' where state = 'parked'`,
    );
    // Those that were told of are older than the notice.
    expect(await notices.sweep.sweep()).toBe(0);
    await park(notices, 3, 'later');
    expect(await notices.sweep.sweep()).toBe(1);
    await park(notices, 3, 'soon after');
    expect(await notices.sweep.sweep()).toBe(0);
  });

  it('is a lane that a worker has just parked', async () => {
    const receiver = await startReceiver();
    const notices = await startNotices(receiver.url, () =>
      Promise.resolve({ kind: 'permanent', code: 'refused', message: 'no such attribute' }),
    );
    await enqueue(notices.node, aNote({ targetId: notices.targetId, subject: 'match anna' }));
    await notices.node.until(async () => {
      const rows = await notices.node.database.query(`select from queue_lanes where state = 'parked'`);
      return rows.length === 1;
    });
    // A flush may take a moment to commit: the sweep looks back from a little ago.
    while ((await notices.sweep.sweep()) === 0) await new Promise((resolve) => setImmediate(resolve));
    await notices.node.until(() => receiver.received.length === 1);
    expect(receiver.received.map(documentOf)[0]?.parked.first).toEqual([
      expect.objectContaining({ subject: 'match anna', code: 'refused', attempts: 1 }),
    ]);
  });

  it('is a hold, once', async () => {
    const receiver = await startReceiver();
    const notices = await startNotices(receiver.url);
    await change(notices, `hold = 'maintenance', hold_reason = 'new disks', held_at = now()`);
    expect([await notices.sweep.sweep(), await notices.sweep.sweep()]).toEqual([1, 0]);
    await notices.node.until(() => receiver.received.length === 1);
    expect(receiver.received.map(documentOf)[0]?.hold).toMatchObject({
      hold: 'maintenance',
      reason: 'new disks',
    });
  });

  it('is a breaker that opens, once for as long as it stays open, and again the next time', async () => {
    const notices = await startNotices((await startReceiver()).url);
    const open = `breaker_open_until = now() + interval '5 minutes', breaker_trips = 1, breaker_reason = 'timeout'`;
    const closed = 'breaker_open_until = null, breaker_trips = 0, breaker_reason = null';
    await change(notices, open);
    expect([await notices.sweep.sweep(), await notices.sweep.sweep()]).toEqual([1, 0]);
    await change(notices, closed);
    await change(notices, open);
    // It flaps: that is no news.
    expect(await notices.sweep.sweep()).toBe(0);
    await change(notices, closed);
    await change(notices, `hold_noticed_at = hold_noticed_at - interval '30 seconds'`);
    expect(await notices.sweep.sweep()).toBe(0);
    await change(notices, open);
    expect(await notices.sweep.sweep()).toBe(1);
  });

  it('is nothing about the receiver itself', async () => {
    const notices = await startNotices((await startReceiver()).url);
    await notices.node.database.query(
      `update queue_targets set breaker_open_until = now() + interval '1 minute', breaker_trips = 1 where name = 'notices'`,
    );
    expect(await notices.sweep.sweep()).toBe(0);
  });
});

describe('the webhook', () => {
  itWithOpenssl(
    'trusts a certificate of an authority that it knows, and says nothing to another server',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'provost-webhook-'));
      closing.push(async () => rmSync(folder, { recursive: true }));
      const certificate = issueCertificate(folder, 'IP:127.0.0.1,DNS:localhost');
      const server = await startTlsServer(certificate);
      closing.push(() => server.close());
      const url = `https://localhost:${server.port}/hook`;
      const dialer = new Dialer({ allow: [], deny: [], ports: [], isProduction: true });
      const webhook = new Webhook({ url, secret: new Secret(SECRET) }, dialer, systemClock);
      await expect(webhook.post(NOTICE, new AbortController().signal)).rejects.toThrow(/certificate/);
      expect(server.heard).toEqual([]);

      // Authorities are read when a process starts.
      const poster = postInProcess(url, join(folder, 'ca.pem'));
      closing.push(async () => void poster.kill());
      expect((await server.firstWords).toString()).toMatch(
        /^POST \/hook HTTP\/1\.1\r\nhost: localhost:\d+\r\n/i,
      );
    },
  );

  it('is not used without a secret: the service does not start', () => {
    const dialer = new Dialer({ allow: [], deny: [], ports: ['389'], isProduction: false });
    const url = 'https://hooks.example.org/';
    expect(() => new Webhook({ url, secret: undefined }, dialer, systemClock)).toThrow(ConfigurationError);
    expect(new Webhook({ url: undefined, secret: undefined }, dialer, systemClock).isConfigured).toBe(false);
  });
});
