import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { actor, aJpeg, pieces, type RegistryBundle, startRegistry } from './registry.fixture.js';

const UNKNOWN_ID = '00000000-0000-4000-8000-000000000000';

describe('IdentityReader', () => {
  let registry: RegistryBundle;

  beforeAll(async () => {
    registry = await startRegistry();
    await registry.roles.create(actor, { code: 'staff', name: 'Staff' });
    await registry.roles.create(actor, { code: 'Zoo', name: 'Zoo' });
    await registry.attributes.create(actor, {
      entityType: 'identity',
      code: 'constructor',
      name: 'A code that is also a property of every object',
      type: 'attachment',
      mediaTypes: ['image/jpeg'],
    });
  });

  afterAll(() => registry.close());

  async function anIdentity(roles: string[] = []): Promise<string> {
    const login = randomBytes(5).toString('hex');
    const { id } = await registry.identities.create(actor, {
      login,
      givenName: 'Ἀλέξανδρος',
      surname: '王',
      roles,
    });
    return id;
  }

  it('gives an identity with its roles and form', async () => {
    const id = await anIdentity(['staff', 'Zoo']);
    const value = await registry.values.put(actor, id, 'constructor', pieces(aJpeg(1000)));
    const { login } = await registry.identities.get(id);
    const snapshot = await registry.reader.load(registry.database, id);
    expect({ ...snapshot, form: { ...snapshot?.form } }).toEqual({
      id,
      login,
      givenName: 'Ἀλέξανδρος',
      surname: '王',
      displayName: null,
      title: null,
      email: null,
      phone: null,
      state: 'active',
      version: 1,
      roles: [
        { id: expect.any(String), code: 'Zoo' },
        { id: expect.any(String), code: 'staff' },
      ],
      form: { constructor: { sha256: value.sha256, sizeBytes: 1000, mediaType: 'image/jpeg' } },
    });
    expect((await registry.attachments.read(value.sha256)).equals(aJpeg(1000))).toBe(true);
  });

  it('finds no value where there is none, whatever the code', async () => {
    const snapshot = await registry.reader.load(registry.database, await anIdentity());
    expect(snapshot?.form['constructor']).toBeUndefined();
    expect(snapshot?.roles).toEqual([]);
  });

  it('gives null for who is not there', async () => {
    expect(await registry.reader.load(registry.database, UNKNOWN_ID)).toBeNull();
    const id = await anIdentity(['staff']);
    await registry.identities.delete(actor, id);
    expect(await registry.reader.load(registry.database, id)).toBeNull();
  });

  it('loads many and leaves out who is not there', async () => {
    const ids = [await anIdentity(), await anIdentity()];
    const found = await registry.reader.loadMany(registry.database, [...ids, UNKNOWN_ID]);
    expect([...found.keys()].sort()).toEqual(ids.sort());
    expect(await registry.reader.loadMany(registry.database, [])).toEqual(new Map());
  });

  it('sees what its own transaction did', async () => {
    const id = await anIdentity();
    await registry.database.transact(async (transaction) => {
      await transaction.query(`update registry_identities set state = 'disabled' where id = $1`, [id]);
      expect((await registry.reader.load(transaction, id))?.state).toBe('disabled');
      expect((await registry.reader.load(registry.database, id))?.state).toBe('active');
    });
  });

  it('knows who has a role', async () => {
    const { id: roleId } = await registry.roles.create(actor, { code: 'guest', name: 'Guest' });
    expect(await registry.reader.identityIdsWithRole(registry.database, roleId)).toEqual([]);
    const ids = [await anIdentity(['guest']), await anIdentity(['guest', 'staff'])];
    await anIdentity(['staff']);
    expect((await registry.reader.identityIdsWithRole(registry.database, roleId)).sort()).toEqual(ids.sort());
  });
});
