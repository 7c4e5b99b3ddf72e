// A person has looked at the system and says that an operation took effect whose answer was lost.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Moves, Operations } from '../../../src/queue/index.js';
import { actor, type ProvisioningBundle, startProvisioning } from '../../support/provisioning-bundle.js';
import { accountOf, giveByRole, type WitnessedSystem, witnessedTable } from './witnessed-systems.fixture.js';

describe('an account of which a person says that it is there', () => {
  let bundle: ProvisioningBundle;
  let table: WitnessedSystem;
  let role: string;

  beforeAll(async () => {
    bundle = await startProvisioning();
    table = await witnessedTable({ name: 'Keys', hasIds: false });
    role = await giveByRole(bundle, table);
  }, 60_000);
  afterAll(async () => {
    await bundle.close();
    await table.close();
  });

  /** The answer to `change` is lost, and the system is away afterwards. */
  async function loseAnswerOf(change: 'add' | 'delete', make: () => Promise<unknown>): Promise<void> {
    const lost = table.proxy.loseOn('lose-reply', (chunk) => table.requestIn(chunk) === change);
    await make();
    await lost;
    await table.proxy.stop();
  }

  async function confirmUnknown(): Promise<void> {
    const operations = bundle.whole.app.get(Operations);
    const moves = bundle.whole.app.get(Moves);
    await bundle.until(async () => {
      const [head] = (await operations.list({ limit: 1, state: 'UNKNOWN' })).items;
      if (!head) return false;
      // One that a worker has in hand just now is met again when it has ended.
      return moves.one(actor, 'confirm', head.id, 'it was seen').then(
        () => true,
        () => false,
      );
    });
  }

  it('is known where it was to be made, is not made twice, and is gone when a person says so', async () => {
    const person = { login: 'seen', givenName: 'Ana', surname: 'Novák', roles: [role] };
    let id = '';
    await loseAnswerOf('add', async () => {
      ({ id } = await bundle.identities.create(actor, person));
    });
    await confirmUnknown();
    expect(await accountOf(bundle, id)).toMatchObject({
      state: 'wanted',
      identifier: table.identifierOf('seen'),
    });
    await table.proxy.listen();
    await bundle.identities.update(actor, id, { title: 'Dr.' });
    await bundle.settle();
    expect(await table.changes()).toEqual(['add', 'modify']);

    await loseAnswerOf('delete', () => bundle.identities.delete(actor, id));
    await confirmUnknown();
    expect(await accountOf(bundle, id)).toMatchObject({ state: 'gone', identifier: null });
    await table.proxy.listen();
    expect(await table.changes()).toEqual(['add', 'modify', 'delete']);
  });
});
