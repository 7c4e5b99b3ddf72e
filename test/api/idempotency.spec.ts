// A POST with an Idempotency-Key is carried out once, whatever is lost or repeated on the way.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  Body,
  type CanActivate,
  Controller,
  type ExecutionContext,
  HttpCode,
  Post,
  Put,
  Res,
} from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Database, type Transaction, withoutCommitWitness } from '../../src/platform/database/index.js';
import { NeverStored, Problem, problem, Public } from '../../src/platform/http/index.js';
import { IdempotencyKeys } from '../../src/platform/http/idempotency/idempotency-keys.js';
import { SecretBox } from '../../src/platform/secrets/index.js';
import { bootTestApp, type TestApp, type TestResponse } from '../support/http-app.js';
import { LossyProxy } from '../support/lossy-proxy.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';

const secretBox = new SecretBox(Buffer.alloc(32, 7));
const SECRET_ANSWER = 'shown-only-once';
const slowly = new Problem({ type: '/problems/probe/slowly', status: 429, title: 'Slowly', detail: 'Wait.' });

/** What the handler does in a test. */
let behaviour: (database: Database) => Promise<unknown>;

type Answer = Record<string, unknown> | undefined;

const body = z.strictObject({ name: z.string().max(100) });

@Controller('probe')
class ProbeController {
  constructor(private readonly database: Database) {}

  @Post('effects')
  @Public('a test')
  async add(
    @Body({ schema: body }) request: z.output<typeof body>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    void reply.headers({ location: '/probe/effects/1', etag: '"1"' });
    return { name: request.name, result: await behaviour(this.database) };
  }

  @Post('others')
  @HttpCode(204)
  @Public('a test')
  async addOther(): Promise<void> {
    await behaviour(this.database);
  }

  @Put('effects')
  @Public('a test')
  async put(): Promise<void> {
    await behaviour(this.database);
  }

  @Post('tokens')
  @Public('a test')
  @NeverStored('a test')
  async token(): Promise<unknown> {
    return behaviour(this.database);
  }
}

/** Whoever the header says is the caller. */
class CallerGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<FastifyRequest & { user?: unknown }>();
    const id = request.headers['x-caller'];
    if (id !== undefined) request.user = { realm: 'local', id, login: id, roles: [], sessionId: 'none' };
    return true;
  }
}

async function addEffect(transaction: Transaction): Promise<void> {
  await transaction.query('insert into probe_effects default values');
}

const add = (database: Database): Promise<void> => database.transact(addEffect);

/** A signal that a test gives, and can wait for. */
function signal(): { readonly given: Promise<void>; readonly give: () => void } {
  let give: () => void = () => undefined;
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { given, give };
}

describe('an Idempotency-Key', () => {
  let database: TestDatabase;
  let node: TestApp;
  let otherNode: TestApp;
  let counted = 0;

  const boot = (databaseUrl = database.url): Promise<TestApp> =>
    bootTestApp({
      imports: [],
      controllers: [ProbeController],
      providers: [{ provide: APP_GUARD, useClass: CallerGuard }],
      databaseUrl,
      secretBox,
    });

  beforeAll(async () => {
    database = await createTestDatabase();
    node = await boot();
    otherNode = await boot();
    await sql('create table probe_effects (id integer generated always as identity)');
  }, 30_000);

  afterAll(async () => {
    await node?.close();
    await otherNode?.close();
    await database?.drop();
  });

  beforeEach(async () => {
    behaviour = add;
    counted = (await sql('select 1 from probe_effects')).length;
  });

  function sql<Row>(text: string, values: unknown[] = []): Promise<Row[]> {
    return node.app.get(Database).query<Row>(text, values);
  }

  /** Effects of this test alone. */
  async function effects(): Promise<number> {
    return (await sql('select 1 from probe_effects')).length - counted;
  }

  interface Sent {
    readonly key?: string;
    readonly caller?: string;
    readonly name?: string;
    readonly path?: string;
    readonly method?: string;
    readonly through?: TestApp;
  }

  function send({
    key,
    caller = 'anna',
    name = 'x',
    path,
    method,
    through,
  }: Sent): Promise<TestResponse<Answer>> {
    return (through ?? node).request(method ?? 'POST', path ?? '/probe/effects', {
      headers: { 'x-caller': caller, ...(key === undefined ? {} : { 'idempotency-key': key }) },
      body: { name },
    });
  }

  /** As if the time that a dead request keeps its key were over. */
  const endLeases = (): Promise<unknown[]> =>
    sql(`update platform_idempotency_keys set leased_until = now() - interval '1 second'`);

  it('gets the stored answer again, with its headers, and nothing is done twice', async () => {
    behaviour = async (db) => {
      await add(db);
      return SECRET_ANSWER;
    };
    const first = await send({ key: 'replay' });
    const again = await send({ key: 'replay', through: otherNode });
    expect(first).toMatchObject({ status: 201, body: { name: 'x', result: SECRET_ANSWER } });
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    expect(again).toMatchObject({ status: 201, body: first.body });
    for (const name of ['location', 'etag', 'content-type', 'content-security-policy', 'cache-control']) {
      expect([name, again.headers.get(name)]).toEqual([name, first.headers.get(name)]);
    }
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(again.headers.get('x-request-id')).not.toBe(first.headers.get('x-request-id'));
    expect(await effects()).toBe(1);
  });

  it('repeats an answer without a body too', async () => {
    await send({ key: 'empty', path: '/probe/others' });
    const again = await send({ key: 'empty', path: '/probe/others' });
    expect([again.status, again.body]).toEqual([204, undefined]);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(await effects()).toBe(1);
  });

  it('lies in the database as a hash, and its answer sealed', async () => {
    behaviour = async () => SECRET_ANSWER;
    await send({ key: 'at-rest-4711' });
    const rows = await sql<Record<string, unknown>>('select * from platform_idempotency_keys');
    const text = rows
      .flatMap((row) => Object.values(row))
      .map((value) => (Buffer.isBuffer(value) ? value.toString('latin1') : String(value)))
      .join('\n');
    expect(rows.length).toBeGreaterThan(0);
    expect(text).not.toMatch(/shown-only-once|at-rest-4711|probe/);
  });

  it('is not needed: without one each request is carried out', async () => {
    await send({});
    const again = await send({});
    expect(again.headers.get('idempotency-replayed')).toBeNull();
    expect(await effects()).toBe(2);
  });

  it.each<[string, Sent]>([
    ['another body', { name: 'y' }],
    ['another path', { path: '/probe/others' }],
    ['another query', { path: '/probe/effects?dry=1' }],
  ])('is refused with %s, and nothing is done', async (kind, changed) => {
    const key = `reused with ${kind}`.replaceAll(' ', '-');
    await send({ key });
    const refused = await send({ key, ...changed });
    expect(refused).toMatchObject({
      status: 422,
      body: { type: '/problems/http/idempotency-key-reused' },
    });
    expect(await send({ key })).toMatchObject({ status: 201 });
    expect(await effects()).toBe(1);
  });

  it('is the key of one caller: the same text of another caller is another key', async () => {
    behaviour = async (db) => {
      await add(db);
      return SECRET_ANSWER;
    };
    await send({ key: 'shared', caller: 'anna' });
    behaviour = add;
    const other = await send({ key: 'shared', caller: 'boris' });
    expect(other.status).toBe(201);
    expect(other.body).not.toHaveProperty('result');
    expect(await effects()).toBe(2);
  });

  it('answers 409 with Retry-After while the first request runs, then its answer', async () => {
    const [entered, go] = [signal(), signal()];
    behaviour = async (db) => {
      entered.give();
      await go.given;
      await add(db);
      return 'at last';
    };
    const first = send({ key: 'running' });
    await entered.given;
    const early = await send({ key: 'running', through: otherNode });
    expect(early).toMatchObject({
      status: 409,
      body: { type: '/problems/http/idempotency-request-running' },
    });
    expect(Number(early.headers.get('retry-after'))).toBeGreaterThan(0);
    go.give();
    expect(await first).toMatchObject({ status: 201, body: { result: 'at last' } });
    expect(await send({ key: 'running', through: otherNode })).toMatchObject({
      status: 201,
      body: { result: 'at last' },
    });
    expect(await effects()).toBe(1);
  });

  it('lets one of thirty requests through that come at once, over two nodes', async () => {
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        send({ key: 'thirty', through: index % 2 ? node : otherNode }),
      ),
    );
    expect(await effects()).toBe(1);
    expect(answers.filter(({ status }) => status !== 201 && status !== 409)).toEqual([]);
    const made = answers.filter(({ status }) => status === 201);
    expect(made.filter(({ headers }) => headers.get('idempotency-replayed') === null)).toHaveLength(1);
  });

  it.each([
    ['a mistake of ours', () => new Error('broken')],
    ['a system that is away', () => problem.unavailable('Away.')],
    ['too many requests', () => slowly],
  ])('is free again after %s', async (kind, error) => {
    const key = kind.replaceAll(' ', '-');
    behaviour = async () => {
      throw error();
    };
    const failed = await send({ key });
    expect(failed.status).toBeGreaterThan(399);
    behaviour = add;
    const again = await send({ key });
    expect(again.status).toBe(201);
    expect(again.headers.get('idempotency-replayed')).toBeNull();
    expect(await effects()).toBe(1);
  });

  it('keeps a refusal', async () => {
    behaviour = async () => {
      throw problem.forbidden('No.');
    };
    const refused = await send({ key: 'refusal' });
    behaviour = add;
    const again = await send({ key: 'refusal' });
    expect(again).toMatchObject({ status: 403, body: refused.body });
    expect(again.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(await effects()).toBe(0);
  });

  it.each([
    ['a conflict', () => new Problem({ type: '/x', status: 409, title: 'X', detail: 'X' })],
    ['an older version', () => problem.preconditionFailed('It changed.')],
  ])('is free again after a refusal that may pass: %s', async (kind, error) => {
    const key = kind.replaceAll(' ', '-');
    behaviour = async () => {
      throw error();
    };
    const { status } = await send({ key });
    expect([409, 412]).toContain(status);
    behaviour = add;
    expect(await send({ key, through: otherNode })).toMatchObject({ status: 201 });
    expect(await effects()).toBe(1);
  });

  it('keeps such a refusal too where something was done before', async () => {
    behaviour = async (db) => {
      await add(db);
      throw problem.preconditionFailed('The second half has changed.');
    };
    const refused = await send({ key: 'half' });
    const again = await send({ key: 'half', through: otherNode });
    expect(again).toMatchObject({ status: 412, body: refused.body });
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(await effects()).toBe(1);
  });

  it.each([
    ['a statement that took too long', 'select pg_cancel_backend(pg_backend_pid())'],
    ['a lock that somebody keeps', 'lock table probe_effects in access exclusive mode nowait'],
  ])('is free again after %s, and the answer says when to repeat', async (kind, statement) => {
    const key = kind.replaceAll(' ', '-');
    const [isLocked, go] = [signal(), signal()];
    const holding = otherNode.app.get(Database).transact(async (transaction) => {
      await transaction.query('lock table probe_effects in row exclusive mode');
      isLocked.give();
      await go.given;
    });
    await isLocked.given;
    behaviour = (db) =>
      db.transact(async (transaction) => {
        await addEffect(transaction);
        await transaction.query(statement);
      });
    const refused = await send({ key });
    go.give();
    await holding;
    expect(refused).toMatchObject({
      status: 503,
      body: { type: '/problems/http/unavailable', detail: expect.stringContaining('Nothing was changed') },
    });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    behaviour = add;
    expect(await send({ key })).toMatchObject({ status: 201 });
    expect(await effects()).toBe(1);
  });

  it.each([
    ['nothing', ''],
    ['a blank inside', 'a b'],
    ['a letter that is not ASCII', 'clé'],
    ['256 characters', 'k'.repeat(256)],
  ])('cannot be %s', async (_kind, key) => {
    const refused = await send({ key });
    expect(refused).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: 'header/idempotency-key', detail: expect.any(String) }] },
    });
    expect(await effects()).toBe(0);
  });

  it('may have 255 characters', async () => {
    expect(await send({ key: '~'.repeat(255) })).toMatchObject({ status: 201 });
  });

  it('has no effect where answers are never stored, on other methods, and without a caller', async () => {
    for (const request of [{ path: '/probe/tokens' }, { method: 'PUT' }]) {
      await send({ key: 'ignored', ...request });
      await send({ key: 'ignored', ...request });
    }
    const anonymous = { headers: { 'idempotency-key': 'ignored' }, body: { name: 'x' } };
    await node.request('POST', '/probe/effects', anonymous);
    await node.request('POST', '/probe/effects', anonymous);
    expect(await effects()).toBe(6);
  });

  describe('after a crash', () => {
    it('is free when the connection broke before the commit: the repeat is carried out', async () => {
      behaviour = (db) =>
        db.transact(async (transaction) => {
          await addEffect(transaction);
          await transaction.query('select pg_terminate_backend(pg_backend_pid())');
        });
      expect(await send({ key: 'cut' })).toMatchObject({ status: 503 });
      behaviour = add;
      expect(await send({ key: 'cut', through: otherNode })).toMatchObject({ status: 201 });
      expect(await effects()).toBe(1);
    });

    it('is free when the database gave up at the commit itself', async () => {
      await sql(`create function probe_break() returns trigger language plpgsql as
        'begin perform pg_terminate_backend(pg_backend_pid()); return null; end'`);
      await sql(`create constraint trigger probe_break after insert on probe_effects
        deferrable initially deferred for each row execute function probe_break()`);
      expect(await send({ key: 'at-commit' })).toMatchObject({ status: 503 });
      await sql('drop trigger probe_break on probe_effects');
      expect(await send({ key: 'at-commit' })).toMatchObject({ status: 201 });
      expect(await effects()).toBe(1);
    });

    it('passes to the repeat once the lease of a dead node is over; should the dead one wake up, it cannot commit', async () => {
      const [entered, go] = [signal(), signal()];
      behaviour = (db) =>
        db.transact(async (transaction) => {
          await addEffect(transaction);
          entered.give();
          await go.given;
        });
      const asleep = send({ key: 'takeover' });
      await entered.given;
      behaviour = add;
      expect(await send({ key: 'takeover', through: otherNode })).toMatchObject({ status: 409 });
      await endLeases();
      expect(await send({ key: 'takeover', name: 'y', through: otherNode })).toMatchObject({ status: 422 });
      expect(await send({ key: 'takeover', through: otherNode })).toMatchObject({ status: 201 });
      go.give();
      expect(await asleep).toMatchObject({
        status: 409,
        body: { type: '/problems/http/idempotency-request-running' },
      });
      expect(await effects()).toBe(1);
      const again = await send({ key: 'takeover' });
      expect(again).toMatchObject({ status: 201 });
      expect(again.headers.get('idempotency-replayed')).toBe('true');
    });

    describe('of the connection during the commit', () => {
      let proxy: LossyProxy;
      let lossyNode: TestApp;

      beforeAll(async () => {
        const url = new URL(database.url);
        proxy = await LossyProxy.start({ host: url.hostname, port: Number(url.port) });
        url.port = String(proxy.port);
        lossyNode = await boot(url.href);
      });

      afterAll(async () => {
        await lossyNode?.close();
        await proxy?.stop();
      });

      const loseCommit = async (key: string, loss: 'lose-reply' | 'lose-request'): Promise<void> => {
        const isLost = proxy.loseOn(loss, (request) => request.includes('commit\0'));
        const answer = await send({ key, through: lossyNode });
        await isLost;
        expect(answer).toMatchObject({
          status: 503,
          body: {
            type: '/problems/http/unavailable',
            detail: expect.stringMatching(/not known whether the change was made.*Idempotency-Key/),
          },
        });
        // What repeats by itself would do it twice.
        expect(answer.headers.get('retry-after')).toBeNull();
      };

      it('does not claim that nothing was changed, and is not carried out again', async () => {
        await loseCommit('commit-done', 'lose-reply');
        expect(await effects()).toBe(1);
        expect(await send({ key: 'commit-done' })).toMatchObject({
          status: 409,
          body: { type: '/problems/http/idempotency-answer-lost' },
        });
        expect(await effects()).toBe(1);
      });

      it('is carried out by the repeat when the commit never arrived', async () => {
        await loseCommit('commit-not-done', 'lose-request');
        expect(await effects()).toBe(0);
        expect(await send({ key: 'commit-not-done' })).toMatchObject({ status: 201 });
        expect(await effects()).toBe(1);
      });
    });

    it('is free when PostgreSQL refused the commit: that is known', async () => {
      behaviour = (db) =>
        db.transact(async (transaction) => {
          await addEffect(transaction);
          await transaction.query('create temporary table probe_twice (id integer) on commit drop');
          await transaction.query('alter table probe_twice add unique (id) deferrable initially deferred');
          await transaction.query('insert into probe_twice values (1), (1)');
        });
      expect(await send({ key: 'refused-commit' })).toMatchObject({
        status: 500,
        body: { type: '/problems/http/internal' },
      });
      behaviour = add;
      expect(await send({ key: 'refused-commit' })).toMatchObject({ status: 201 });
      expect(await effects()).toBe(1);
    });

    it('is carried out again when only bookkeeping was committed before its node died', async () => {
      const [noted, go] = [signal(), signal()];
      behaviour = async (db) => {
        await withoutCommitWitness(() => db.transact((transaction) => transaction.query('select 1')));
        noted.give();
        await go.given;
      };
      const dying = send({ key: 'bookkeeping' });
      await noted.given;
      behaviour = add;
      await endLeases();
      expect(await send({ key: 'bookkeeping', through: otherNode })).toMatchObject({ status: 201 });
      expect(await effects()).toBe(1);
      go.give();
      await dying;
    });

    it('is not carried out again when it failed behind its commit: the answer is called lost', async () => {
      behaviour = async (db) => {
        await add(db);
        throw new Error('broken behind the commit');
      };
      expect(await send({ key: 'behind' })).toMatchObject({ status: 500 });
      behaviour = add;
      const lost = await send({ key: 'behind', through: otherNode });
      expect(lost).toMatchObject({
        status: 409,
        body: { type: '/problems/http/idempotency-answer-lost', detail: expect.stringContaining('look for') },
      });
      expect(lost.headers.get('retry-after')).toBeNull();
      expect(await effects()).toBe(1);
    });

    it('is not carried out again when its node died between the commit and the answer', async () => {
      const [committed, go] = [signal(), signal()];
      behaviour = async (db) => {
        await add(db);
        committed.give();
        await go.given;
      };
      const dying = send({ key: 'died' });
      await committed.given;
      behaviour = add;
      expect(await send({ key: 'died', through: otherNode })).toMatchObject({
        body: { type: '/problems/http/idempotency-request-running' },
      });
      await endLeases();
      expect(await send({ key: 'died', through: otherNode })).toMatchObject({
        body: { type: '/problems/http/idempotency-answer-lost' },
      });
      expect(await effects()).toBe(1);
      go.give();
      await dying;
    });

    it('marks the first of several transactions, and a rolled back one does not count', async () => {
      behaviour = async (db) => {
        await db
          .transact(async (transaction) => {
            await addEffect(transaction);
            throw new Error('rolled back');
          })
          .catch(() => undefined);
        const [before] = await sql<{ n: number }>(
          'select count(*) as n from platform_idempotency_keys where committed_at is not null and answer_sealed is null and leased_until > now()',
        );
        await add(db);
        await add(db);
        return before?.n;
      };
      expect(await send({ key: 'several' })).toMatchObject({ status: 201, body: { result: 0 } });
      expect(await effects()).toBe(2);
    });

    it('keeps the answer for a client that has gone meanwhile', async () => {
      const [entered, go] = [signal(), signal()];
      behaviour = async (db) => {
        entered.give();
        await go.given;
        await add(db);
        return 'for later';
      };
      const gone = new AbortController();
      const request = fetch(`${node.url}/probe/effects`, {
        method: 'POST',
        signal: gone.signal,
        headers: { 'content-type': 'application/json', 'x-caller': 'anna', 'idempotency-key': 'gone' },
        body: JSON.stringify({ name: 'x' }),
      });
      await entered.given;
      gone.abort();
      await expect(request).rejects.toThrow();
      go.give();
      let again = await send({ key: 'gone' });
      while (again.status === 409) again = await send({ key: 'gone' });
      expect(again).toMatchObject({ status: 201, body: { result: 'for later' } });
      expect(again.headers.get('idempotency-replayed')).toBe('true');
      expect(await effects()).toBe(1);
    });
  });

  it('does not keep an answer of more than 256 KiB, and says so', async () => {
    behaviour = async (db) => {
      await add(db);
      return 'x'.repeat(300_000);
    };
    expect(await send({ key: 'large' })).toMatchObject({ status: 201 });
    expect(await send({ key: 'large' })).toMatchObject({
      body: { type: '/problems/http/idempotency-answer-lost' },
    });
    expect(await effects()).toBe(1);
  });

  it('is forgotten after its time, and not before', async () => {
    const keys = new IdempotencyKeys(node.app.get(Database), secretBox, 24);
    await send({ key: 'kept' });
    await send({ key: 'expired' });
    await keys.purge();
    const [{ hours } = { hours: 0 }] = await sql<{ hours: number }>(
      `select min(extract(epoch from expires_at - now()) / 3600)::float8 as hours from platform_idempotency_keys`,
    );
    expect(hours).toBeGreaterThan(23.9);
    await sql(`update platform_idempotency_keys set expires_at = now() - interval '1 second'`);
    expect((await send({ key: 'expired' })).headers.get('idempotency-replayed')).toBeNull();
    await keys.purge();
    expect(await sql('select 1 from platform_idempotency_keys')).toHaveLength(1);
    expect(await effects()).toBe(3);
  });
});
