// Somebody else changes an entry between our reading and our writing it: what the directory refuses is read back.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { actor, type ProvisioningBundle, startProvisioning } from '../../support/provisioning-bundle.js';
import { noSlapd } from '../../support/slapd.js';
import { skipped } from '../../support/skipped.js';
import {
  effectsOf,
  giveByRole,
  newestOperation,
  type WitnessedDirectory,
  witnessedSlapd,
} from './witnessed-systems.fixture.js';

if (noSlapd === undefined) describe('a change that somebody else makes first', exercise);
else skipped(noSlapd)('a change that somebody else makes first', async () => {});

function exercise(): void {
  let bundle: ProvisioningBundle;
  let directory: WitnessedDirectory;
  let role: string;

  beforeAll(async () => {
    bundle = await startProvisioning();
    directory = await witnessedSlapd();
    role = await giveByRole(bundle, directory);
  }, 60_000);
  afterAll(async () => {
    await bundle.close();
    await directory.close();
  });

  async function aPerson(login: string): Promise<string> {
    const person = { login, givenName: 'Ana', surname: 'Novák', phone: '+1 555', roles: [role] };
    const { id } = await bundle.identities.create(actor, person);
    await bundle.settle();
    return id;
  }

  it.each([
    ['adds the value (20)', '+1 555 0100', { operation: 'add', value: '0100' }],
    ['removes the value (16)', '+1', { operation: 'delete', value: '555' }],
  ] as const)('is done when the other one %s', async (_what, phone, theirs) => {
    const login = `done-${theirs.operation}`;
    const id = await aPerson(login);
    const before = await directory.changes();
    directory.proxy.delayOn(
      (chunk) => directory.requestIn(chunk) === 'modify',
      () => directory.change(login, theirs.operation, theirs.value),
    );
    await bundle.identities.update(actor, id, { phone });
    await bundle.settle();

    expect((await directory.changes()).slice(before.length)).toEqual(['modify']);
    expect(await newestOperation(bundle, id)).toEqual({
      state: 'EXECUTED',
      attempts: ['executed'],
      effects: [],
    });
    expect(await effectsOf(bundle, id)).toEqual(['account.created']);
  });

  it('is looked at again when the other one did a part of it', async () => {
    const id = await aPerson('part');
    directory.proxy.delayOn(
      (chunk) => directory.requestIn(chunk) === 'modify',
      () => directory.change('part', 'delete', '555'),
    );
    await bundle.identities.update(actor, id, { phone: '+1 0100' });
    await bundle.settle();

    expect(await newestOperation(bundle, id)).toMatchObject({
      state: 'EXECUTED',
      effects: ['account.updated'],
    });
    expect((await directory.find('part'))?.['description']).toEqual(['+1', '0100']);
  });
}
