// Every kind of change whose request or answer is lost, on a real directory and a real table: it is read back before
// anything is sent again, ends by itself, and a witness of the system's own counts its effect.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { actor, type ProvisioningBundle, startProvisioning } from '../../support/provisioning-bundle.js';
import { skipped } from '../../support/skipped.js';
import { noSlapd } from '../../support/slapd.js';
import {
  accountOf,
  type Change,
  giveByRole,
  newestOperation,
  type Request,
  witnessedSlapd,
  type WitnessedSystem,
  witnessedTable,
} from './witnessed-systems.fixture.js';

const VERBS: Readonly<Record<Change, string>> = {
  add: 'account.created',
  modify: 'account.updated',
  rename: 'account.renamed',
  delete: 'account.deleted',
};

if (noSlapd === undefined) {
  exercise('a directory', () => witnessedSlapd());
} else {
  skipped(noSlapd)('a directory whose answers are lost', async () => {});
}
exercise('a table whose rows have ids', () => witnessedTable({ name: 'Ids', hasIds: true }));
exercise('a table whose rows have none', () => witnessedTable({ name: 'Keys', hasIds: false }));

function exercise(what: string, start: () => Promise<WitnessedSystem>): void {
  describe(what, () => {
    let bundle: ProvisioningBundle;
    let system: WitnessedSystem;
    let role: string;

    beforeAll(async () => {
      bundle = await startProvisioning();
      system = await start();
      role = await giveByRole(bundle, system);
    }, 60_000);
    afterAll(async () => {
      await bundle.close();
      await system.close();
    });

    const changesThat: Readonly<
      Record<Exclude<Change, 'add'>, (login: string, id: string) => Promise<unknown>>
    > = {
      modify: (_login, id) => bundle.identities.update(actor, id, { title: 'Dr.' }),
      rename: (login, id) => bundle.identities.update(actor, id, { login: `${login}-new` }),
      delete: (_login, id) => bundle.identities.delete(actor, id),
    };
    const cases = (Object.keys(VERBS) as Change[]).flatMap((change) =>
      (['lose-reply', 'lose-request'] as const).map((loss) => [change, loss] as const),
    );

    it.each(cases)('%s: after %s it is read back first, and done once', async (change, loss) => {
      const login = `${change}-${loss}`;
      const person = { login, givenName: 'Ana', surname: 'Novák', phone: '+1 555' };
      let id = '';
      if (change !== 'add') {
        ({ id } = await bundle.identities.create(actor, { ...person, roles: [role] }));
        await bundle.settle();
      }
      const changesBefore = await system.changes();
      const lost = system.proxy.loseOn(loss, (chunk) => system.requestIn(chunk) === change);
      if (change === 'add') ({ id } = await bundle.identities.create(actor, { ...person, roles: [role] }));
      else await changesThat[change](login, id);
      await lost;
      const heard = system.proxy.received.length;
      await bundle.settle();

      expect(await newestOperation(bundle, id)).toEqual({
        state: 'EXECUTED',
        attempts: ['unknown', 'executed'],
        effects: [VERBS[change]],
      });
      expect((await system.changes()).slice(changesBefore.length)).toEqual([change]);
      const asked = system.proxy.received
        .slice(heard)
        .map((chunk) => system.requestIn(chunk))
        .filter((request): request is Exclude<Request, 'other'> => request !== 'other');
      expect(asked[0]).toBe('read');
      expect(asked.filter((request) => request !== 'read')).toEqual(loss === 'lose-reply' ? [] : [change]);
      const now = change === 'rename' ? `${login}-new` : login;
      expect(await accountOf(bundle, id)).toMatchObject(
        change === 'delete'
          ? { state: 'gone', identifier: null, native_id: null }
          : { state: 'wanted', identifier: system.identifierOf(now) },
      );
      expect((await system.find(now)) !== undefined).toBe(change !== 'delete');
      if (change === 'rename') expect(await system.find(login)).toBeUndefined();
      if (change === 'modify') expect(await system.find(login)).toMatchObject({ title: 'Dr.' });
    });
  });
}
