// A table to provision that remembers every write: what reached the target, how often and in which order.
import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import type { MappingsService, SystemsService } from '../../src/provisioning/index.js';
import { Gate } from './gate.js';
import { createEmptyDatabase } from './postgres.js';

const SCHEMA = `
  create table people (login text primary key, surname text not null);
  create table writes (id bigint generated always as identity primary key, login text, surname text, port integer);
  create function note_write() returns trigger language plpgsql security definer as $$
    begin
      insert into writes (login, surname, port) values (new.login, new.surname, inet_client_port());
      return new;
    end $$;
  create trigger note_write after insert or update on people for each row execute function note_write();
`;

export const tableMapping: Parameters<MappingsService['create']>[2] = {
  entityType: 'identity',
  objectClass: 'people',
  identifierExpression: 'identity.login',
  attributes: [
    { attribute: 'login', expression: 'identity.login' },
    { attribute: 'surname', expression: 'identity.surname' },
  ],
};

export class WrittenTable {
  private constructor(
    readonly gate: Gate,
    readonly system: Parameters<SystemsService['create']>[1],
    private readonly client: Client,
    readonly remove: () => Promise<void>,
  ) {}

  static async start(): Promise<WrittenTable> {
    const database = await createEmptyDatabase();
    const { port, pathname } = new URL(database.url);
    const client = new Client({ connectionString: database.url });
    await client.connect();
    const user = `provost_test_${randomBytes(6).toString('hex')}`;
    const password = randomBytes(12).toString('hex');
    await client.query(SCHEMA);
    await client.query(`create role ${user} login password '${password}'`);
    await client.query(`grant select, insert, update, delete on people to ${user}`);
    const gate = await Gate.start(Number(port));
    const system = {
      name: 'Table',
      connector: 'sql',
      config: {
        host: '127.0.0.1',
        port: gate.port,
        database: pathname.slice(1),
        user,
        table: 'people',
        keyColumn: 'login',
      },
      secrets: { password },
    };
    return new WrittenTable(gate, system, client, async () => {
      await gate.shut();
      await client.query(`drop table people; drop role ${user}`);
      await client.end();
      await database.drop();
    });
  }

  /** Writes reach the table and wait there, while it can be read; returns how to let them happen. */
  async blockWrites(): Promise<() => Promise<void>> {
    await this.client.query('begin; lock table people in exclusive mode');
    return async () => void (await this.client.query('rollback'));
  }

  /** Every write of a surname, by login, in the order in which they happened. */
  async writes(): Promise<ReadonlyMap<string, readonly string[]>> {
    const { rows } = await this.client.query<{ login: string; surname: string }>(
      'select login, surname from writes order by id',
    );
    const found = new Map<string, string[]>();
    for (const { login, surname } of rows) found.set(login, [...(found.get(login) ?? []), surname]);
    return found;
  }
}
