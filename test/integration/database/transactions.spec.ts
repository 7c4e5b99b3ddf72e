import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Database } from '../../../src/platform/database/index.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';

let server: TestDatabase;
let database: Database;

beforeAll(async () => {
  server = await createTestDatabase();
  database = new Database({
    url: server.url,
    applicationName: 'test',
    poolSize: 1,
    statementTimeoutMs: 5_000,
  });
  await database.connect();
  await database.query('create table notes (id bigint generated always as identity, text text unique)');
}, 30_000);

afterAll(async () => {
  await database?.close();
  await server?.drop();
});

beforeEach(async () => {
  await database.query('truncate notes restart identity');
});

const ADD = 'insert into notes (text) values ($1) returning id';
const texts = async (): Promise<string[]> =>
  (await database.query<{ text: string }>('select text from notes order by id')).map(({ text }) => text);

describe('a transaction', () => {
  it('runs statements that were asked for at once in their order, and each gets its own answer', async () => {
    const answers = await database.transact((transaction) =>
      Promise.all(['a', 'b', 'c'].map((text) => transaction.query(ADD, [text]))),
    );
    expect(answers).toEqual([[{ id: 1 }], [{ id: 2 }], [{ id: 3 }]]);
    expect(await texts()).toEqual(['a', 'b', 'c']);
  });

  it('keeps none of them when one fails, whichever it is, and its connection serves the next', async () => {
    for (const failing of [0, 1, 2]) {
      const work = database.transact((transaction) =>
        Promise.all(
          [0, 1, 2].map((index) =>
            index === failing
              ? transaction.query('select 1 / 0')
              : transaction.query(ADD, [`${failing}-${index}`]),
          ),
        ),
      );
      await expect(work).rejects.toThrow('division by zero');
      expect(await texts()).toEqual([]);
    }
  });

  it('takes back what was still on its way when the work gave up', async () => {
    const work = database.transact(async (transaction) => {
      await Promise.all([
        transaction.query('select 1').then(() => {
          throw new Error('changed my mind');
        }),
        transaction.query(ADD, ['late']),
      ]);
    });
    await expect(work).rejects.toThrow('changed my mind');
    expect(await texts()).toEqual([]);
  });

  it('says that nothing was committed to work that ignored a failed statement', async () => {
    const hooks: string[] = [];
    const work = database.transact(async (transaction) => {
      transaction.afterCommit(() => void hooks.push('after'));
      await transaction.query(ADD, ['lost']);
      await transaction.query('select 1 / 0').catch(() => undefined);
    });
    await expect(work).rejects.toThrow('nothing of it was committed');
    expect({ hooks, texts: await texts() }).toEqual({ hooks: [], texts: [] });
  });

  it('is one with what TypeORM does in it, which sees what came before and ends with it', async () => {
    const work = database.transact(async (transaction) => {
      await transaction.query(ADD, ['mine']);
      expect(await transaction.manager.query('select text from notes')).toEqual([{ text: 'mine' }]);
      await transaction.manager.query('insert into notes (text) values ($1)', ['through TypeORM']);
      throw new Error('no');
    });
    await expect(work).rejects.toThrow('no');
    expect(await texts()).toEqual([]);
  });

  it('lets nobody use TypeORM on its connection after its end', async () => {
    const manager = await database.transact(async (transaction) => transaction.manager);
    await expect(manager.query('select 1')).rejects.toThrow('released');
  });

  it('whose connection is ended fails alone: the next has another', async () => {
    const work = database.transact(async (transaction) => {
      await transaction.query(ADD, ['gone']);
      await transaction.query('select pg_terminate_backend(pg_backend_pid())');
    });
    await expect(work).rejects.toThrow();
    expect(await texts()).toEqual([]);
  });
});
