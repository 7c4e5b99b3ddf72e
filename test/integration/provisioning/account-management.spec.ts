// What cannot be decided for one system: it is seen in the queue, and holds up no other.
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Moves, Operations } from '../../../src/queue/index.js';
import { actor, type ProvisioningBundle, startProvisioning } from '../../support/provisioning-bundle.js';
import { accountOf, giveByRole, type WitnessedSystem, witnessedTable } from './witnessed-systems.fixture.js';

describe('an identity with accounts on two systems, one of which the database refuses', () => {
  let bundle: ProvisioningBundle;
  let table: WitnessedSystem;
  let roles: string[];

  beforeAll(async () => {
    bundle = await startProvisioning();
    table = await witnessedTable({ name: 'Table', hasIds: true });
    roles = [bundle.roleCode, await giveByRole(bundle, table)];
    await bundle.database.query(
      `create function refuse() returns trigger language plpgsql as
       $$ begin raise exception 'not today'; end $$`,
    );
  }, 60_000);
  afterEach(() => allow());
  afterAll(async () => {
    await bundle.close();
    await table.close();
  });

  async function refuse(event: 'insert' | 'update of state'): Promise<void> {
    const [system] = await bundle.database.query<{ id: string }>(
      `select id from provisioning_systems where name = 'Table'`,
    );
    await bundle.database.query(
      `create trigger refuse before ${event} on provisioning_accounts for each row
       when (new.system_id = '${system?.id}') execute function refuse()`,
    );
  }

  async function allow(): Promise<void> {
    await bundle.database.query('drop trigger if exists refuse on provisioning_accounts');
  }

  async function aPerson(login: string): Promise<string> {
    const { id } = await bundle.identities.create(actor, {
      login,
      givenName: 'Ana',
      surname: 'Novák',
      roles,
    });
    return id;
  }

  /** What waits for the table. */
  async function waiting(): Promise<{ id: string; state: string; lane: string; text: string | undefined }[]> {
    const { items } = await bundle.whole.app.get(Operations).list({ limit: 10, target: 'system:Table' });
    return items.map(({ id, state, lane, waiting: wait }) => ({ id, state, lane, text: wait?.text }));
  }

  async function retry(): Promise<void> {
    const [head] = await waiting();
    await bundle.whole.app.get(Moves).one(actor, 'retry', head?.id ?? '', null);
  }

  it('gets its other account at once, and this one when it can be had', async () => {
    await refuse('insert');
    const id = await aPerson('new');
    await bundle.until(async () => (await bundle.directory.find('new')) !== undefined);

    expect(await waiting()).toMatchObject([
      {
        state: 'FAILED',
        lane: expect.stringContaining(`identity:${id}:account-management:`),
        text: expect.stringContaining('not today'),
      },
    ]);
    await allow();
    await retry();
    await bundle.settle();
    expect(await table.find('new')).toMatchObject({ surname: 'Novák' });
  });

  it('loses its other account at once, and this one, in its turn, when that can be decided', async () => {
    const id = await aPerson('old');
    await bundle.settle();
    await refuse('update of state');
    await bundle.identities.delete(actor, id);
    await bundle.until(async () => (await bundle.directory.find('old')) === undefined);

    const [account] = await bundle.database.query<{ id: number }>(
      `select a.id from provisioning_accounts a join provisioning_systems s on s.id = a.system_id
       where a.entity_id = $1 and s.name = 'Table'`,
      [id],
    );
    expect(await waiting()).toMatchObject([
      { state: 'FAILED', lane: `account:${account?.id}`, text: expect.stringContaining('not today') },
    ]);
    expect(await table.find('old')).toBeDefined();
    await allow();
    await retry();
    await bundle.settle();
    expect(await table.find('old')).toBeUndefined();
    expect(await accountOf(bundle, id)).toMatchObject({ state: 'gone' });
  });
});
