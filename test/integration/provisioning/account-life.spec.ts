// From a change of an identity to the directory, on real parts.
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RoleMappingsService } from '../../../src/provisioning/index.js';
import { FormAttributesService, FormValuesService } from '../../../src/registry/index.js';
import {
  actor,
  BASE_DN,
  directoryMapping,
  type ProvisioningBundle,
  startProvisioning,
} from '../../support/provisioning-bundle.js';

describe('an account in a directory', () => {
  let bundle: ProvisioningBundle;

  beforeAll(async () => {
    bundle = await startProvisioning();
  });

  afterAll(() => bundle.close());

  async function aPerson(login: string, overrides: Record<string, unknown> = {}): Promise<string> {
    const { id } = await bundle.identities.create(actor, {
      login,
      givenName: 'Ana',
      surname: 'Novák',
      roles: [bundle.roleCode],
      ...overrides,
    });
    return id;
  }

  async function accountOf(
    identityId: string,
  ): Promise<{ state: string; identifier: string | null; native_id: string | null }> {
    const [row] = await bundle.database.query<{
      state: string;
      identifier: string | null;
      native_id: string | null;
    }>('select state, identifier, native_id from provisioning_accounts where entity_id = $1', [identityId]);
    if (!row) throw new Error('no account');
    return row;
  }

  it('appears when an identity has a role that is mapped to the system', async () => {
    const id = await aPerson('ana', { email: 'ana@example.org' });
    await bundle.settle();
    expect(await bundle.directory.find('ana')).toMatchObject({
      sn: 'Novák',
      cn: 'Ana Novák',
      mail: 'ana@example.org',
      employeeNumber: id,
    });
    expect(await accountOf(id)).toMatchObject({
      state: 'wanted',
      identifier: `uid=ana,ou=people,${BASE_DN}`,
    });
  });

  it('does not appear without such a role', async () => {
    await bundle.identities.create(actor, { login: 'noone', givenName: 'No', surname: 'One' });
    await bundle.settle();
    expect(await bundle.directory.find('noone')).toBeUndefined();
  });

  it('follows every change, and only the difference is written', async () => {
    const id = await aPerson('bea', { title: 'Dr.', email: 'bea@example.org' });
    await bundle.settle();
    await bundle.identities.update(actor, id, { surname: 'Svobodová', title: null });
    await bundle.settle();
    const entry = await bundle.directory.find('bea');
    expect(entry).toMatchObject({ sn: 'Svobodová', mail: 'bea@example.org' });
    expect(entry).not.toHaveProperty('title');
    const changed = await bundle.database.query<{ attribute: string; was: unknown; becomes: unknown }>(
      `select c.attribute, c.was, c.becomes from provisioning_operation_attributes c
       join provisioning_operations o using (lane_id, seq) where o.entity_id = $1 and c.was <> '[]' order by c.attribute`,
      [id],
    );
    expect(changed).toEqual([
      { attribute: 'cn', was: ['Ana Novák'], becomes: ['Ana Svobodová'] },
      { attribute: 'sn', was: ['Novák'], becomes: ['Svobodová'] },
      { attribute: 'title', was: ['Dr.'], becomes: [] },
    ]);
  });

  it('is renamed and keeps its native id when the identifier changes', async () => {
    const id = await aPerson('cem');
    await bundle.settle();
    const { native_id: before } = await accountOf(id);
    await bundle.identities.update(actor, id, { login: 'cem2', surname: 'Yılmaz' });
    await bundle.settle();
    expect(await bundle.directory.find('cem')).toBeUndefined();
    expect(await bundle.directory.find('cem2')).toMatchObject({ sn: 'Yılmaz', entryUUID: before });
    expect(await accountOf(id)).toEqual({
      state: 'wanted',
      identifier: `uid=cem2,ou=people,${BASE_DN}`,
      native_id: before,
    });
  });

  it('goes with the role, and comes again with it', async () => {
    const id = await aPerson('dan');
    await bundle.settle();
    await bundle.assignments.unassign(actor, id, bundle.roleId);
    await bundle.settle();
    expect(await bundle.directory.find('dan')).toBeUndefined();
    expect(await accountOf(id)).toEqual({ state: 'gone', identifier: null, native_id: null });
    await bundle.assignments.assign(actor, id, bundle.roleId);
    await bundle.settle();
    expect(await bundle.directory.find('dan')).toMatchObject({ sn: 'Novák' });
  });

  it('goes with the identity', async () => {
    const id = await aPerson('eva');
    await bundle.settle();
    await bundle.identities.delete(actor, id);
    await bundle.settle();
    expect(await bundle.directory.find('eva')).toBeUndefined();
  });

  it('is left alone when it was deleted by hand and nobody wants it any more', async () => {
    const id = await aPerson('fay');
    await bundle.settle();
    await bundle.directory.use((client) => client.del(`uid=fay,ou=people,${BASE_DN}`));
    await bundle.assignments.unassign(actor, id, bundle.roleId);
    await bundle.settle();
    expect((await accountOf(id)).state).toBe('gone');
  });

  it('is made again when somebody deleted it by hand and the identity changes', async () => {
    const id = await aPerson('gus');
    await bundle.settle();
    await bundle.directory.use((client) => client.del(`uid=gus,ou=people,${BASE_DN}`));
    await bundle.identities.update(actor, id, { surname: 'Wieder' });
    await bundle.settle();
    expect(await bundle.directory.find('gus')).toMatchObject({ sn: 'Wieder' });
  });

  it('has the very bytes of the photo, gets the newer one, and loses it with it', async () => {
    const { app } = bundle.whole;
    await app.get(FormAttributesService).create(actor, {
      entityType: 'identity',
      code: 'photo',
      name: 'Photo',
      type: 'attachment',
      mediaTypes: ['image/jpeg'],
      maxBytes: 200_000,
    });
    const photos = app.get(FormValuesService);
    const aPhoto = (seed: number): Buffer =>
      Buffer.concat([
        Buffer.from('ffd8ffe000104a464946', 'hex'),
        Buffer.alloc(100_000, seed),
        Buffer.from('ffd9', 'hex'),
      ]);
    const id = await aPerson('pia');
    for (const photo of [aPhoto(1), aPhoto(2)]) {
      await photos.put(actor, id, 'photo', Readable.from([photo]));
      await bundle.settle();
      expect(photo.equals((await bundle.directory.find('pia'))?.['jpegPhoto'] as Buffer)).toBe(true);
    }
    await photos.clear(actor, id, 'photo');
    await bundle.settle();
    expect((await bundle.directory.find('pia'))?.['jpegPhoto'] ?? []).toHaveLength(0);
  });

  it('comes and goes with the mapping of a role', async () => {
    const roleMappings = bundle.whole.app.get(RoleMappingsService);
    const guest = await bundle.roles.create(actor, { code: 'guest', name: 'Guest' });
    await aPerson('gil', { roles: ['guest'] });
    await bundle.settle();
    expect(await bundle.directory.find('gil')).toBeUndefined();
    const [mapping] = await bundle.database.query<{ id: string }>('select id from provisioning_mappings');
    await roleMappings.add(actor, guest.id, mapping?.id ?? '');
    await bundle.settle();
    expect(await bundle.directory.find('gil')).toMatchObject({ sn: 'Novák' });
    await roleMappings.remove(actor, guest.id, mapping?.id ?? '');
    await bundle.settle();
    expect(await bundle.directory.find('gil')).toBeUndefined();
  });

  it('adopts an object that correlates, and brings it in line', async () => {
    const id = await aPerson('hal', { roles: [] });
    await bundle.directory.use((client) =>
      client.add(`uid=hal,ou=people,${BASE_DN}`, {
        objectClass: 'inetOrgPerson',
        cn: 'x',
        sn: 'Old',
        employeeNumber: id,
        description: 'kept',
      }),
    );
    await bundle.assignments.assign(actor, id, bundle.roleId);
    await bundle.settle();
    expect(await bundle.directory.find('hal')).toMatchObject({ sn: 'Novák', description: 'kept' });
  });

  it('never overwrites a foreign object, says so, and goes on once it is out of the way', async () => {
    await bundle.directory.use((client) =>
      client.add(`uid=ida,ou=people,${BASE_DN}`, {
        objectClass: 'inetOrgPerson',
        cn: 'Somebody',
        sn: 'Else',
      }),
    );
    const id = await aPerson('ida');
    await bundle.until(async () => (await parked()).includes('foreign-object'));
    expect(await bundle.directory.find('ida')).toMatchObject({ sn: 'Else' });
    await bundle.directory.use((client) => client.del(`uid=ida,ou=people,${BASE_DN}`));
    await bundle.identities.update(actor, id, { surname: 'Own' });
    await bundle.settle();
    expect(await bundle.directory.find('ida')).toMatchObject({ sn: 'Own' });
  });

  it('waits for an identifier that another account is about to leave', async () => {
    const first = await aPerson('kim');
    const second = await aPerson('lee');
    await bundle.settle();
    await bundle.identities.update(actor, first, { login: 'kim-old' });
    await bundle.identities.update(actor, second, { login: 'kim' });
    await bundle.settle();
    expect(await bundle.directory.find('kim')).toMatchObject({ employeeNumber: second });
    expect(await bundle.directory.find('kim-old')).toMatchObject({ employeeNumber: first });
    expect(await parked()).toEqual([]);
  });

  it('shows what the directory refuses, holds nobody else, and goes on with the correction', async () => {
    await aPerson('jan', { email: 'jan@example.org' });
    await bundle.settle();
    const [mapping] = await bundle.database.query<{ id: string; version: number }>(
      'select id, version from provisioning_mappings',
    );
    const broken = {
      ...directoryMapping,
      attributes: [
        ...directoryMapping.attributes,
        { attribute: 'noSuchAttribute', expression: 'identity.login' },
      ],
    };
    await bundle.mappings.replace(actor, mapping?.id ?? '', broken);
    await bundle.until(async () => (await parked()).length > 0);
    const [attempt] = await bundle.database.query<{ code: string; message: string }>(
      `select code, message from queue_attempts where outcome = 'permanent' order by ended_at desc limit 1`,
    );
    expect(attempt?.code).toBe('invalid-attribute');
    expect(attempt?.message).toContain('noSuchAttribute');
    await bundle.mappings.replace(actor, mapping?.id ?? '', directoryMapping);
    await bundle.settle();
    expect(await bundle.directory.find('jan')).toMatchObject({ mail: 'jan@example.org' });
  });

  it.each([
    ['every special character of a DN', String.raw` #lead,plus+quote"back\less<more>semi;eq= `.trim()],
    ['quotes and dollars', `o'brien$1`],
    ['a script written from right to left', 'مريم'],
    ['a filter', '*)(uid=*'],
  ])('takes a login with %s', async (_name, login) => {
    const id = await aPerson(login);
    await bundle.settle();
    const found = await bundle.directory.use((client) =>
      client.search(`ou=people,${BASE_DN}`, { scope: 'one', filter: `(employeeNumber=${id})` }),
    );
    expect(found.searchEntries.map(({ uid }) => uid)).toEqual([login]);
  });

  async function parked(): Promise<string[]> {
    const rows = await bundle.database.query<{ code: string }>(
      `select a.code from queue_lanes l
       join lateral (select o.seq from queue_operations o where o.lane_id = l.id order by o.seq limit 1) h on true
       join lateral (select b.code from queue_attempts b where b.lane_id = l.id and b.seq = h.seq order by b.ended_at desc limit 1) a on true
       where l.state = 'parked'`,
    );
    return rows.map(({ code }) => code);
  }
});
