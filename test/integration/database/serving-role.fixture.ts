// A database as an installation with two roles has it: one owns the tables, the other serves.
import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { servingGrants } from '../../../migrations/grants.js';
import { migrations } from '../../../migrations/index.js';
import { migrate } from '../../../src/platform/database/index.js';
import { ADMIN_URL_VARIABLE, createTestDatabase } from '../../support/postgres.js';

export interface ServingRole {
  readonly ownerUrl: string;
  readonly url: string;
  readonly role: string;
  /** Gives the rights again, as another `npm run migrate` does. */
  readonly grant: () => Promise<void>;
  readonly drop: () => Promise<void>;
}

export async function createServingRole(): Promise<ServingRole> {
  const database = await createTestDatabase();
  const role = `provost_test_${randomBytes(6).toString('hex')}`;
  const password = randomBytes(12).toString('hex');
  await execute(
    database.url,
    // A member may end the role's connections, which a database that is dropped needs.
    `create role ${role} login password '${password}'; grant ${role} to current_user`,
  );
  const grant = async (): Promise<void> => {
    const serving = { role, grants: servingGrants };
    await migrate({ url: database.url, migrations, serving, log: () => undefined });
  };
  await grant();
  const url = new URL(database.url);
  url.username = role;
  url.password = password;
  return {
    ownerUrl: database.url,
    url: url.href,
    role,
    grant,
    drop: async () => {
      // The rights go with the database; the role belongs to the server.
      await database.drop();
      await execute(process.env[ADMIN_URL_VARIABLE] ?? '', `drop role ${role}`);
    },
  };
}

async function execute(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
