// A system from before the rules on encryption: its operations wait with the reason, and nothing is lost.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Operations } from '../../../src/queue/index.js';
import {
  actor,
  directorySystem,
  type ProvisioningBundle,
  startProvisioning,
} from '../../support/provisioning-bundle.js';

describe('a system that is stored with an unsafe address', () => {
  let bundle: ProvisioningBundle;

  beforeAll(async () => {
    bundle = await startProvisioning();
  });

  afterAll(() => bundle.close());

  it.each([
    ['leads to another machine in clear text', 'ldap://directory.example.org', 'in clear text'],
    ['leads to the metadata service of a cloud', 'ldaps://169.254.169.254', 'where clouds keep credentials'],
  ])('is not dialled when it %s, and catches up once it is corrected', async (_what, url, words) => {
    const login = url.startsWith('ldaps') ? 'meta' : 'clear';
    const [system] = await bundle.systems.list({ limit: 1 });
    await bundle.database.query(
      `update provisioning_systems
       set config = config || jsonb_build_object('url', $1::text), version = version + 1`,
      [url],
    );
    const person = { login, givenName: 'Ada', surname: 'Lovelace', roles: [bundle.roleCode] };
    const { id } = await bundle.identities.create(actor, person);

    const operations = bundle.whole.app.get(Operations);
    const waiting = async () => (await operations.list({ limit: 10 })).items[0]?.waiting;
    await bundle.until(async () => (await waiting())?.text.includes(words) === true);
    expect(await waiting()).toMatchObject({ text: expect.stringContaining('PATCH /api/v1/systems') });
    expect(await bundle.systems.get(system?.id ?? '')).toMatchObject({
      warnings: [{ code: 'refused', text: expect.stringContaining(words) }],
    });

    const { config, secrets } = directorySystem(bundle.directory.port);
    await bundle.systems.update(actor, system?.id ?? '', { config, secrets });
    await bundle.settle();
    expect(await bundle.directory.find(login)).toMatchObject({ sn: 'Lovelace', employeeNumber: id });
  });
});
