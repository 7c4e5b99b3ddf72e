import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { freePort } from '../../../src/embedded/process/index.js';
import { Secret } from '../../../src/platform/logging/index.js';
import { sqlConnector } from '../../../src/plugins/connectors/sql/index.js';
import { type ConnectorBundle, exerciseConnector } from '../../contracts/connector.contract.js';
import { LossyProxy } from '../../support/lossy-proxy.js';
import { createEmptyDatabase } from '../../support/postgres.js';

const TABLE = `
  create table people (
    id uuid primary key default gen_random_uuid(),
    login text not null unique,
    surname text not null,
    nick text,
    aliases text[],
    photo bytea
  )`;

async function bundleFor(settings: { idColumn?: string }): Promise<ConnectorBundle> {
  const database = await createEmptyDatabase();
  const url = new URL(database.url);
  const proxy = await LossyProxy.start({ host: '127.0.0.1', port: Number(url.port) });
  const user = `provost_test_${randomBytes(6).toString('hex')}`;
  const password = `a-Password-that-must-not-leak-${randomBytes(4).toString('hex')}`;
  const admin = new pg.Client({ connectionString: database.url });
  await admin.connect();
  await admin.query(`create role ${user} login password '${password}'`);
  await admin.query(TABLE);
  await admin.query(`grant select, insert, update, delete on people to ${user}`);
  return {
    proxy,
    password,
    open: (options, log) => {
      const { port = proxy.port, callTimeoutMs = 10_000, poolSize = 3 } = options;
      const config = sqlConnector.config.parse({
        host: '127.0.0.1',
        port,
        database: url.pathname.slice(1),
        user,
        table: 'people',
        keyColumn: 'login',
        poolSize,
        ...settings,
      });
      const secrets = { password: new Secret(options.password ?? password) };
      return sqlConnector.open(config, secrets, { connectTimeoutMs: 5_000, callTimeoutMs, log });
    },
    objectClass: 'people',
    identifier: (name) => name,
    required: { surname: ['Lovelace'] },
    attributes: { text: 'nick', texts: 'aliases', bytes: 'photo' },
    hasNativeIds: settings.idColumn !== undefined,
    stopServer: () => proxy.stop(),
    startServer: () => proxy.listen(),
    freePort: () => freePort(),
    close: async () => {
      await proxy.stop();
      await admin.query('drop table people');
      await admin.query(`drop role ${user}`);
      await admin.end();
      await database.drop();
    },
  };
}

exerciseConnector('sql on PostgreSQL, rows with an id of their own', () => bundleFor({ idColumn: 'id' }));
exerciseConnector('sql on PostgreSQL, rows known by their key alone', () => bundleFor({}));
