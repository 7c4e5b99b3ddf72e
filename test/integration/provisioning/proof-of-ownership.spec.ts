// Whose object is it after an answer was lost? What an attempt was about to make is recognised by all of its values, and
// by nothing less; what was settled since proves nothing any more.
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Moves, Operations } from '../../../src/queue/index.js';
import { actor, type ProvisioningBundle, startProvisioning } from '../../support/provisioning-bundle.js';
import {
  accountOf,
  type Change,
  effectsOf,
  giveByRole,
  newestOperation,
  type WitnessedSystem,
  witnessedTable,
} from './witnessed-systems.fixture.js';

describe('an account in a table whose rows have no ids', () => {
  let bundle: ProvisioningBundle;
  let table: WitnessedSystem;
  let role: string;

  beforeAll(async () => {
    bundle = await startProvisioning();
    table = await witnessedTable({ name: 'Keys', hasIds: false });
    role = await giveByRole(bundle, table);
  }, 60_000);
  afterEach(async () => {
    const operations = bundle.whole.app.get(Operations);
    const moves = bundle.whole.app.get(Moves);
    const waiting = async (): Promise<readonly string[]> =>
      (await operations.list({ limit: 200 })).items.map(({ id }) => id);
    await bundle.until(async () => {
      // One that a worker has in hand just now is met again when it has ended.
      await Promise.allSettled((await waiting()).map((id) => moves.one(actor, 'cancel', id, 'it was seen')));
      return (await waiting()).length === 0;
    });
  });
  afterAll(async () => {
    await bundle.close();
    await table.close();
  });

  /** What every row of Provost has, whoever it is for. */
  const usual = { surname: 'Novák', grade: '7.00', since: '2027-01-05 08:00:00+00', code: 'ab' };

  async function aPerson(login: string, roles = [role]): Promise<string> {
    const { id } = await bundle.identities.create(actor, {
      login,
      givenName: 'Ana',
      surname: 'Novák',
      roles,
    });
    return id;
  }

  function lose(kind: 'lose-reply' | 'lose-request', change: Change): Promise<void> {
    return table.proxy.loseOn(kind, (chunk) => table.requestIn(chunk) === change, 'stop');
  }

  function untilAttempted(id: string, code: string): Promise<void> {
    return bundle.until(async () => (await newestOperation(bundle, id)).attempts.includes(code));
  }

  async function roleId(): Promise<string> {
    const [row] = await bundle.database.query<{ id: string }>(
      'select id from registry_roles where code = $1',
      [role],
    );
    return row?.id ?? '';
  }

  it.each([
    ['has a value that ours would not have', { ...usual, title: 'Boss' }],
    ['has another value', { ...usual, surname: 'Other' }],
    ['lacks a value', { surname: usual.surname, grade: usual.grade, since: usual.since }],
  ])('is not an object that is only in part what a lost request was to make: it %s', async (what, values) => {
    const login = `part ${what}`;
    const lost = lose('lose-request', 'add');
    const id = await aPerson(login);
    await lost;
    await table.stand(login, values);
    await table.proxy.listen();
    await untilAttempted(id, 'foreign-object');

    expect(await table.find(login)).toMatchObject(values.surname === 'Other' ? { surname: 'Other' } : {});
    expect(await accountOf(bundle, id)).toMatchObject({ identifier: null });
    expect(await effectsOf(bundle, id)).toEqual([]);
  });

  it('is not what stands there later, however equal, once the retry of its creation was executed', async () => {
    const lost = table.proxy.loseOn('lose-request', (chunk) => table.requestIn(chunk) === 'add');
    const id = await aPerson('stale');
    await lost;
    await bundle.settle();
    await bundle.assignments.unassign(actor, id, await roleId());
    await bundle.settle();
    await table.stand('stale', usual);
    const before = await table.changes();
    await bundle.assignments.assign(actor, id, await roleId());
    await untilAttempted(id, 'foreign-object');

    expect((await table.changes()).slice(before.length)).toEqual([]);
    expect(await effectsOf(bundle, id)).toEqual(['account.created', 'account.deleted']);
  });

  it('is found at its new name after a lost answer, and is not what somebody else put there', async () => {
    const [ours, theirs] = [await aPerson('moves'), await aPerson('vanishes')];
    await bundle.settle();
    for (const [id, login, loss] of [
      [ours, 'moves', 'lose-reply'],
      [theirs, 'vanishes', 'lose-request'],
    ] as const) {
      const lost = lose(loss, 'rename');
      await bundle.identities.update(actor, id, { login: `${login}-on` });
      await lost;
      if (id === theirs) {
        await table.remove('vanishes');
        await table.stand('vanishes-on', { ...usual, surname: 'Other' });
      }
      await table.proxy.listen();
      if (id === ours) await bundle.settle();
      else await untilAttempted(id, 'foreign-object');
    }

    expect(await newestOperation(bundle, ours)).toMatchObject({
      state: 'EXECUTED',
      effects: ['account.renamed'],
    });
    expect(await accountOf(bundle, ours)).toMatchObject({ identifier: 'moves-on' });
    expect(await table.find('moves')).toBeUndefined();
    expect((await newestOperation(bundle, theirs)).attempts).toContain('foreign-object');
    expect(await table.find('vanishes-on')).toMatchObject({ surname: 'Other' });
  });

  it('is found under its new name when the answer to what followed the rename was lost', async () => {
    const id = await aPerson('both');
    await bundle.settle();
    const before = await table.changes();
    const lost = table.proxy.loseOn('lose-reply', (chunk) => table.requestIn(chunk) === 'modify');
    await bundle.identities.update(actor, id, { login: 'both-new', surname: 'Nováková' });
    await lost;
    await bundle.settle();

    expect((await table.changes()).slice(before.length)).toEqual(['rename', 'modify']);
    expect(await newestOperation(bundle, id)).toMatchObject({
      attempts: ['unknown', 'executed'],
      effects: ['account.renamed', 'account.updated'],
    });
    expect(await table.find('both-new')).toMatchObject({ surname: 'Nováková' });
  });

  it('is known before it is deleted, so that two lost answers leave two effects on record', async () => {
    const created = lose('lose-reply', 'add');
    const id = await aPerson('brief');
    await created;
    await bundle.assignments.unassign(actor, id, await roleId());
    await bundle.until(async () => (await accountOf(bundle, id)).state === 'released');
    const deleted = table.proxy.loseOn('lose-reply', (chunk) => table.requestIn(chunk) === 'delete');
    await table.proxy.listen();
    await deleted;
    await bundle.settle();

    expect(await table.find('brief')).toBeUndefined();
    expect(await effectsOf(bundle, id)).toEqual(['account.created', 'account.deleted']);
  });

  it('waits for a name that another account is known by, even when nothing stands there', async () => {
    const holder = await aPerson('holder');
    await bundle.settle();
    const rename = 'update provisioning_accounts set identifier = $2 where entity_id = $1';
    await bundle.database.query(rename, [holder, 'wanted']);
    const id = await aPerson('wanted');
    await untilAttempted(id, 'held-by-other');
    expect(await table.find('wanted')).toBeUndefined();
    await bundle.database.query(rename, [holder, 'holder']);
    await bundle.settle();
    expect(await table.find('wanted')).toMatchObject({ surname: 'Novák' });
  });

  it('gets nothing when nothing changed, however the table prints numbers, times and padded texts', async () => {
    const id = await aPerson('same');
    await bundle.settle();
    const before = await table.changes();
    await bundle.identities.update(actor, id, { givenName: 'Anna' });
    await bundle.settle();

    expect((await table.changes()).slice(before.length)).toEqual([]);
    expect(await newestOperation(bundle, id)).toEqual({
      state: 'EXECUTED',
      attempts: ['executed'],
      effects: [],
    });
    expect(await table.find('same')).toMatchObject({ grade: '7.00', since: new Date(usual.since) });
  });
});
