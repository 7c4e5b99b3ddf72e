// What Provost does to accounts and with secrets stands in the audit record, in the transaction that completes it.
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { AuditVerifier, Sealer } from '../../../src/audit/index.js';
import { SystemConnectors } from '../../../src/provisioning/index.js';
import { LossyProxy } from '../../support/lossy-proxy.js';
import {
  actor,
  BASE_DN,
  directoryMapping,
  PASSWORD,
  type ProvisioningBundle,
  startProvisioning,
} from '../../support/provisioning-bundle.js';

interface Recorded {
  readonly action: string;
  readonly actor: string;
  readonly request_id: string | null;
  readonly operation: string | null;
  readonly before: { identifier: string; attributes: Record<string, unknown> } | null;
  readonly after: { identifier: string; attributes: Record<string, unknown> } | null;
}

async function effectsOn(bundle: ProvisioningBundle, identityId: string): Promise<Recorded[]> {
  return bundle.database.query<Recorded>(
    `select r.action, r.actor, r.request_id, r.operation, r.before, r.after
     from audit_records r join provisioning_accounts a on a.id::text = r.object_id and r.object_type = 'account'
     where a.entity_id = $1 order by r.id`,
    [identityId],
  );
}

function dn(login: string): string {
  return `uid=${login},ou=people,${BASE_DN}`;
}

describe('the audit record of an account', () => {
  let bundle: ProvisioningBundle;

  beforeAll(async () => {
    bundle = await startProvisioning({
      mapping: {
        ...directoryMapping,
        attributes: [
          ...directoryMapping.attributes,
          { attribute: 'userPassword', expression: "'canary-' + identity.login", strategy: 'create' },
        ],
      },
    });
  });

  afterAll(() => bundle.close());

  async function aPerson(login: string, roles: string[] = [bundle.roleCode]): Promise<string> {
    const { id } = await bundle.identities.create(actor, {
      login,
      givenName: 'Ana',
      surname: 'Nováková',
      roles,
    });
    return id;
  }

  it('says what was created, by which operation, for whom, and no secret', async () => {
    const id = await aPerson('ana');
    await bundle.settle();
    const effects = await effectsOn(bundle, id);
    expect(effects).toEqual([
      {
        action: 'account.created',
        actor: 'test',
        request_id: 'test-request',
        operation: expect.stringMatching(/^o\d+-\d+$/),
        before: null,
        after: {
          system: 'Directory',
          identity: id,
          identifier: dn('ana'),
          attributes: expect.objectContaining({ sn: ['Nováková'], userPassword: ['[secret]'] }),
        },
      },
    ]);
    const archived = await bundle.database.query(
      `select from queue_archive where 'o' || lane_id || '-' || seq = $1 and state = 'EXECUTED'`,
      [effects[0]?.operation],
    );
    expect(archived).toHaveLength(1);
    const leaks = await bundle.database.query(
      `select from audit_records r where r::text like '%canary-ana%'`,
    );
    expect(leaks).toEqual([]);
  });

  it('says what was changed, with the values before and after, and nothing when nothing was written', async () => {
    const id = await aPerson('bea');
    await bundle.settle();
    await bundle.identities.update(actor, id, { title: 'Dr.' });
    await bundle.settle();
    await bundle.identities.update(actor, id, { phone: '+1 555 0100' });
    await bundle.settle();
    expect((await effectsOn(bundle, id)).slice(1)).toMatchObject([
      {
        action: 'account.updated',
        before: { identifier: dn('bea'), attributes: { title: [] } },
        after: { identifier: dn('bea'), attributes: { title: ['Dr.'] } },
      },
    ]);
  });

  it('says from where to where an account was renamed', async () => {
    const id = await aPerson('cem');
    await bundle.settle();
    await bundle.identities.update(actor, id, { login: 'cem2', surname: 'Yılmaz' });
    await bundle.settle();
    expect((await effectsOn(bundle, id)).slice(1)).toMatchObject([
      {
        action: 'account.renamed',
        before: { identifier: dn('cem'), attributes: { sn: ['Nováková'] } },
        after: { identifier: dn('cem2'), attributes: { sn: ['Yılmaz'] } },
      },
    ]);
  });

  it('says that an account was deleted, and nothing when somebody else had done it', async () => {
    const [ours, theirs] = [await aPerson('dan'), await aPerson('eva')];
    await bundle.settle();
    await bundle.directory.use((client) => client.del(dn('eva')));
    for (const id of [ours, theirs]) await bundle.assignments.unassign(actor, id, bundle.roleId);
    await bundle.settle();
    expect((await effectsOn(bundle, ours)).slice(1)).toMatchObject([
      { action: 'account.deleted', before: { identifier: dn('dan') }, after: null },
    ]);
    expect((await effectsOn(bundle, theirs)).slice(1)).toEqual([]);
  });

  it('says that an object was adopted, and then what was changed on it', async () => {
    const id = await aPerson('hal', []);
    await bundle.directory.use((client) =>
      client.add(dn('hal'), { objectClass: 'inetOrgPerson', cn: 'x', sn: 'Old', employeeNumber: id }),
    );
    await bundle.assignments.assign(actor, id, bundle.roleId);
    await bundle.settle();
    expect(await effectsOn(bundle, id)).toMatchObject([
      { action: 'account.adopted', before: null, after: { identifier: dn('hal') } },
      { action: 'account.updated', before: { attributes: { sn: ['Old'] } } },
    ]);
  });

  it('has one entry for each opening of the secrets of a system, by name alone', async () => {
    const [system] = await bundle.database.query<{ id: string }>('select id from provisioning_systems');
    const opened = (): Promise<{ actor: string; after: unknown }[]> =>
      bundle.database.query(
        `select actor, after from audit_records where action = 'secrets.opened' and object_id = $1`,
        [system?.id],
      );
    // One connector is kept for all the accounts.
    expect(await opened()).toEqual([{ actor: 'system', after: { name: 'Directory', opened: ['password'] } }]);
    await bundle.systems.update(actor, system?.id ?? '', { secrets: { password: PASSWORD } });
    const id = await aPerson('ira');
    await bundle.settle();
    expect(await effectsOn(bundle, id)).toHaveLength(1);
    expect(await opened()).toHaveLength(2);
  });

  it('is sealed and intact with everything that was done here', async () => {
    const { app } = bundle.whole;
    await app.get(Sealer, { strict: false }).seal();
    const { isIntact, verifiedCount } = await app.get(AuditVerifier, { strict: false }).verify();
    expect(isIntact).toBe(true);
    const [row] = await bundle.database.query<{ count: number }>('select count(*) from audit_records');
    expect(verifiedCount).toBe(row?.count);
  });
});

describe('the audit record, when answers are lost', () => {
  const closing: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
  });

  it('has each effect once: a creation, an update and a deletion that an earlier attempt had carried out', async () => {
    let proxy: LossyProxy | undefined;
    const bundle = await startProvisioning({
      directoryPort: async (directory) => {
        proxy = await LossyProxy.start({ host: '127.0.0.1', port: directory.port });
        return proxy.port;
      },
    });
    closing.push(bundle.close, async () => proxy?.stop());
    if (!proxy) throw new Error('The proxy did not start.');
    const lossy = proxy;
    const created = lossy.loseOn('lose-reply', (chunk) => chunk.includes(Buffer.from('Answer')));
    const { id } = await bundle.identities.create(actor, {
      login: 'lost',
      givenName: 'Lost',
      surname: 'Answer',
      roles: [bundle.roleCode],
    });
    await created;
    await bundle.settle();
    const updated = lossy.loseOn('lose-reply', (chunk) => chunk.includes(Buffer.from('Prof.')));
    await bundle.identities.update(actor, id, { title: 'Prof.' });
    await updated;
    await bundle.settle();
    // A deletion request names the object alone, by the tag of DelRequest (RFC 4511 §4.8).
    const deleted = lossy.loseOn('lose-reply', (chunk) =>
      chunk.includes(Buffer.concat([Buffer.from([0x4a, dn('lost').length]), Buffer.from(dn('lost'))])),
    );
    await bundle.assignments.unassign(actor, id, bundle.roleId);
    await deleted;
    await bundle.settle();
    // What was once unknown is not told again by what comes later.
    await bundle.assignments.assign(actor, id, bundle.roleId);
    await bundle.settle();
    expect(await effectsOn(bundle, id)).toMatchObject([
      { action: 'account.created', after: { attributes: { sn: [{ digest: expect.any(String) }] } } },
      { action: 'account.updated', after: { attributes: { title: [{ digest: expect.any(String) }] } } },
      { action: 'account.deleted', before: { identifier: dn('lost') } },
      { action: 'account.created', after: { attributes: { sn: ['Answer'] } } },
    ]);
  });

  it('is written before a secret is used, and without it none is', async () => {
    const bundle = await startProvisioning();
    closing.push(bundle.close);
    const [system] = await bundle.database.query<Parameters<SystemConnectors['open']>[0]>(
      'select id, name, connector, config, sealed_secrets as "sealedSecrets", version from provisioning_systems',
    );
    if (!system) throw new Error('There is no system.');
    const connectors = bundle.whole.app.get(SystemConnectors, { strict: false });
    await bundle.database.query(
      "alter table audit_records add constraint no_secrets check (action <> 'secrets.opened') not valid",
    );
    await expect(connectors.open(system)).rejects.toThrow('no_secrets');
    await bundle.database.query('alter table audit_records drop constraint no_secrets');
    const connector = await connectors.open(system);
    expect(await connector.test(AbortSignal.timeout(10_000))).toContain(BASE_DN);
    await connector.close();
  });
});
