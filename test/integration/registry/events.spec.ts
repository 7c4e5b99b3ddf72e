import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { actor, aJpeg, pieces, type RegistryBundle, startRegistry } from './registry.fixture.js';

interface AuditRecord {
  readonly actor: string;
  readonly request_id: string;
  readonly action: string;
  readonly object_id: string;
  readonly before: unknown;
  readonly after: unknown;
}

const mark = (): string => randomBytes(5).toString('hex');

describe('a change of the registry', () => {
  let registry: RegistryBundle;

  beforeAll(async () => {
    registry = await startRegistry();
    await registry.attributes.create(actor, {
      entityType: 'identity',
      code: 'photo',
      name: 'Photo',
      type: 'attachment',
      mediaTypes: ['image/jpeg'],
    });
  });

  afterAll(() => registry.close());

  async function setup(): Promise<{ identityId: string; roleId: string; code: string }> {
    const code = `role-${mark()}`;
    const role = await registry.roles.create(actor, { code, name: 'Role' });
    const identity = await registry.identities.create(actor, {
      login: mark(),
      givenName: 'Anna',
      surname: 'Nová',
    });
    await registry.announced();
    await lastAudit();
    return { identityId: identity.id, roleId: role.id, code };
  }

  let audited = 0;

  /** What was recorded since the last call. */
  async function lastAudit(): Promise<AuditRecord[]> {
    const rows = await registry.database.query<AuditRecord & { id: number }>(
      'select * from audit_records where id > $1 order by id',
      [audited],
    );
    audited = rows.at(-1)?.id ?? audited;
    return rows;
  }

  it('of an identity is announced and recorded once each time something changed, and only then', async () => {
    const { identityId, roleId, code } = await setup();
    const photo = (seed: number): Promise<unknown> =>
      registry.values.put(actor, identityId, 'photo', pieces(aJpeg(100, seed)));
    const steps: [string | null, () => Promise<unknown>][] = [
      ['identity.updated', () => registry.identities.update(actor, identityId, { surname: 'Svobodová' })],
      [null, () => registry.identities.update(actor, identityId, { surname: 'Svobodová' })],
      [null, () => registry.identities.update(actor, identityId, {})],
      ['identity.role-assigned', () => registry.assignments.assign(actor, identityId, roleId)],
      [null, () => registry.assignments.assign(actor, identityId, roleId)],
      ['identity.form-value-set', () => photo(1)],
      [null, () => photo(1)],
      ['identity.form-value-set', () => photo(2)],
      ['identity.form-value-cleared', () => registry.values.clear(actor, identityId, 'photo')],
      [null, () => registry.values.clear(actor, identityId, 'photo')],
      ['identity.role-unassigned', () => registry.assignments.unassign(actor, identityId, roleId)],
      [null, () => registry.assignments.unassign(actor, identityId, roleId)],
      ['identity.deleted', () => registry.identities.delete(actor, identityId)],
    ];
    for (const [action, step] of steps) {
      await step();
      const announced = await registry.announced();
      const recorded = (await lastAudit()).map((record) => `${record.action} ${record.object_id}`);
      expect({ announced, recorded }).toEqual({
        announced: action === null ? [] : [`identity ${identityId}`],
        recorded: action === null ? [] : [`${action} ${identityId}`],
      });
    }
    expect(code).toBe((await registry.roles.get(roleId)).code);
  });

  it('of a role is announced under its own topic', async () => {
    const { id } = await registry.roles.create(actor, { code: mark(), name: 'Role' });
    expect(await registry.announced()).toEqual([`role ${id}`]);
    await registry.roles.update(actor, id, { code: mark() });
    expect(await registry.announced()).toEqual([`role ${id}`]);
    await registry.roles.update(actor, id, { name: 'Role' });
    expect(await registry.announced()).toEqual([]);
    await registry.roles.delete(actor, id);
    expect(await registry.announced()).toEqual([`role ${id}`]);
  });

  it('that creates an identity with roles is one event', async () => {
    const { code } = await setup();
    const { id } = await registry.identities.create(actor, {
      login: mark(),
      givenName: 'A',
      surname: 'B',
      roles: [code],
    });
    expect(await registry.announced()).toEqual([`identity ${id}`]);
  });

  it('is recorded with who did it in which request, and the changed fields alone', async () => {
    const { identityId } = await setup();
    await registry.identities.update(actor, identityId, {
      surname: 'Svobodová',
      givenName: 'Anna',
      title: 'Dr.',
    });
    expect(await lastAudit()).toEqual([
      expect.objectContaining({
        actor: actor.name,
        request_id: actor.requestId,
        action: 'identity.updated',
        before: { surname: 'Nová', title: null },
        after: { surname: 'Svobodová', title: 'Dr.' },
      }),
    ]);
  });

  it('that is refused leaves neither event nor record', async () => {
    const { identityId, roleId } = await setup();
    const { login } = await registry.identities.get(identityId);
    await registry.assignments.assign(actor, identityId, roleId);
    await registry.announced();
    await lastAudit();
    const refused: Promise<unknown>[] = [
      registry.identities.create(actor, { login: login.toUpperCase(), givenName: 'A', surname: 'B' }),
      registry.identities.create(actor, { login: mark(), givenName: 'A', surname: 'B', roles: ['nothing'] }),
      registry.identities.update(actor, identityId, { surname: 'X' }, '"7"'),
      registry.roles.delete(actor, roleId),
      registry.values.put(actor, identityId, 'photo', pieces(Buffer.from('<svg/>'))),
    ];
    const outcomes = await Promise.allSettled(refused);
    expect(outcomes.map(({ status }) => status)).toEqual(refused.map(() => 'rejected'));
    expect(await registry.announced()).toEqual([]);
    expect(await lastAudit()).toEqual([]);
  });

  it('does not happen when its event cannot be stored', async () => {
    const { identityId, roleId } = await setup();
    await registry.database.query(
      'alter table queue_operations add constraint queue_is_full check (false) not valid',
    );
    const login = mark();
    const failing: Promise<unknown>[] = [
      registry.identities.create(actor, { login, givenName: 'A', surname: 'B' }),
      registry.identities.update(actor, identityId, { surname: 'X' }),
      registry.assignments.assign(actor, identityId, roleId),
      registry.values.put(actor, identityId, 'photo', pieces(aJpeg(100))),
      registry.roles.update(actor, roleId, { name: 'X' }),
    ];
    const outcomes = await Promise.allSettled(failing);
    await registry.database.query('alter table queue_operations drop constraint queue_is_full');
    expect(outcomes.map(({ status }) => status)).toEqual(failing.map(() => 'rejected'));
    const reader = await registry.reader.load(registry.database, identityId);
    expect(reader).toMatchObject({ surname: 'Nová', version: 1, roles: [], form: {} });
    expect((await registry.roles.get(roleId)).name).toBe('Role');
    expect(
      await registry.database.query('select from registry_identities where login = $1', [login]),
    ).toEqual([]);
    expect((await registry.stored()).attachments).toBe(0);
    expect(await lastAudit()).toEqual([]);
  });
});
