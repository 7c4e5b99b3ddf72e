import { afterEach, describe, expect, it } from '@jest/globals';
import { Database } from '../../../src/platform/database/index.js';
import { LossyProxy } from '../../support/lossy-proxy.js';
import { createTestDatabase } from '../../support/postgres.js';

describe('a connection to the database', () => {
  const closing: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
  });

  it('that swallows everything is given up, and the next query has another', async () => {
    const { url, drop } = await createTestDatabase();
    closing.push(drop);
    const target = new URL(url);
    const proxy = await LossyProxy.start({ host: target.hostname, port: Number(target.port) });
    closing.push(() => proxy.stop());
    target.port = String(proxy.port);
    const database = new Database({
      url: target.href,
      applicationName: 'test',
      poolSize: 1,
      statementTimeoutMs: 100,
    });
    await database.connect();
    closing.push(() => database.close());
    await database.query('select 1');
    const held = proxy.holdNextReply();
    const query = database.query('select 2 as two');
    await held;
    await expect(query).rejects.toThrow('timeout');
    expect(await database.query('select 3 as three')).toEqual([{ three: 3 }]);
  });
});
