import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { toOperationId } from '../../src/queue/index.js';
import { aJpeg } from '../integration/registry/registry.fixture.js';
import {
  aMapping,
  bootProvisioning,
  expectProblem,
  ifMatch,
  type Item,
  type ProvisioningApi,
  unique,
  UNKNOWN_ID,
} from './provisioning.fixture.js';

describe('mappings and accounts over HTTP', () => {
  let fixture: ProvisioningApi;

  beforeAll(async () => {
    fixture = await bootProvisioning();
  });

  afterAll(() => fixture.close());

  const call: ProvisioningApi['call'] = (...request) => fixture.call(...request);

  describe('mappings', () => {
    it('are created, replaced and deleted, and announced each time something changes', async () => {
      const system = await fixture.aSystem();
      await fixture.announced();
      const response = await call('POST', `/api/v1/systems/${system.id}/mappings`, aMapping());
      expect(response.status).toBe(201);
      expect(response.headers.get('etag')).toBe('"1"');
      const mapping = response.body as Item;
      const path = String(response.headers.get('location'));
      expect(path).toBe(`/api/v1/mappings/${mapping.id}`);
      const identity = { strategy: 'set', isMultivalued: false };
      const stored = {
        id: mapping.id,
        systemId: system.id,
        entityType: 'identity',
        objectClass: 'record',
        identifierExpression: 'identity.login',
        attributes: [
          {
            attribute: 'title',
            expression: "identity.givenName + ' ' + identity.surname",
            isCorrelation: false,
            ...identity,
          },
          { attribute: 'number', expression: 'identity.id', isCorrelation: true, ...identity },
        ],
        version: 1,
        createdAt: expect.any(String),
        updatedAt: expect.any(String),
      };
      expect(response.body).toEqual(stored);
      expect((await call('GET', `/api/v1/systems/${system.id}/mappings`)).body).toEqual({ items: [stored] });
      expect(await fixture.announced()).toEqual([`mapping ${mapping.id}`]);

      const same = await call('PUT', path, aMapping());
      expect([same.status, same.body.version]).toEqual([200, 1]);
      expect(await fixture.announced()).toEqual([]);

      const attributes = [
        { attribute: 'number', expression: 'identity.login', strategy: 'create', isMultivalued: true },
      ];
      const replaced = await call('PUT', path, aMapping({ attributes }), ifMatch(1));
      expect([replaced.status, replaced.headers.get('etag')]).toEqual([200, '"2"']);
      expect(replaced.body.attributes).toEqual([
        {
          attribute: 'number',
          expression: 'identity.login',
          strategy: 'create',
          isMultivalued: true,
          isCorrelation: false,
        },
      ]);
      expect(await fixture.announced()).toEqual([`mapping ${mapping.id}`]);
      expectProblem(await call('PUT', path, aMapping(), ifMatch(1)), 412, 'http/precondition-failed');
      expectProblem(await call('DELETE', path, undefined, ifMatch(1)), 412, 'http/precondition-failed');

      expect((await call('DELETE', path, undefined, ifMatch(2))).status).toBe(204);
      expect(await fixture.announced()).toEqual([`mapping ${mapping.id}`]);
      expectProblem(await call('GET', path), 404, 'provisioning/mapping-not-found');
      expectProblem(await call('PUT', path, aMapping()), 404, 'provisioning/mapping-not-found');
      expectProblem(await call('DELETE', path), 404, 'provisioning/mapping-not-found');
      expect((await fixture.auditOf(mapping.id)).map(({ action }) => action)).toEqual([
        'mapping.created',
        'mapping.updated',
        'mapping.deleted',
      ]);
    });

    it('that do not compile are refused with each place, column and remedy', async () => {
      const system = await fixture.aSystem();
      const broken = aMapping({
        identifierExpression: "rdn('uid', identity.logn)",
        attributes: [
          { attribute: 'cn', expression: 'identity.surname' },
          { attribute: 'sn', expression: 'upper(identity.surname' },
          { attribute: 'CN', expression: 'identty.login' },
          { attribute: 'mail', expression: 'lowr(identity.email)' },
        ],
      });
      const response = await call('POST', `/api/v1/systems/${system.id}/mappings`, broken);
      const problem = expectProblem(response, 422, 'provisioning/mapping-invalid');
      expect(problem.detail).toContain('5 places of the mapping are wrong');
      expect(problem.errors).toEqual([
        {
          pointer: '/attributes/2/attribute',
          detail: expect.stringContaining('is mapped already at /attributes/0'),
        },
        {
          pointer: '/identifierExpression',
          detail: 'Column 21: “identity” has no value “logn”. Did you mean “login”?',
        },
        { pointer: '/attributes/1/expression', detail: 'Column 6: “(” is never closed. Add “)”.' },
        {
          pointer: '/attributes/2/expression',
          detail: 'Column 1: There is no variable “identty”. Did you mean “identity”?',
        },
        {
          pointer: '/attributes/3/expression',
          detail: 'Column 1: There is no function “lowr”. Did you mean “lower”?',
        },
      ]);
      const mapping = await fixture.aMappingOf(system);
      expectProblem(
        await call('PUT', `/api/v1/mappings/${mapping.id}`, broken),
        422,
        'provisioning/mapping-invalid',
      );
      expect((await call('GET', `/api/v1/mappings/${mapping.id}`)).body.version).toBe(1);
    });

    it.each([
      ['an unknown kind of entity', { entityType: 'role' }],
      ['an attribute without a name', { attributes: [{ attribute: '', expression: '1' }] }],
      ['a NUL in a name', { attributes: [{ attribute: 'a\u0000', expression: '1' }] }],
      ['a NUL in an expression', { attributes: [{ attribute: 'a', expression: "'\u0000'" }] }],
      ['an unknown strategy', { attributes: [{ attribute: 'a', expression: '1', strategy: 'merge' }] }],
      ['an unknown field', { attributes: [{ attribute: 'a', expression: '1', multivalued: true }] }],
      ['no expression', { identifierExpression: '' }],
    ])('are refused with %s', async (_, fields) => {
      const system = await fixture.aSystem();
      const response = await call('POST', `/api/v1/systems/${system.id}/mappings`, aMapping(fields));
      expectProblem(response, 400, 'http/invalid-request');
    });

    it('are one for each kind of entity, and belong to a system that exists', async () => {
      const system = await fixture.aSystem();
      await fixture.aMappingOf(system);
      const path = `/api/v1/systems/${system.id}/mappings`;
      const second = expectProblem(await call('POST', path, aMapping()), 409, 'provisioning/mapping-exists');
      expect(second.detail).toContain('PUT /api/v1/mappings/{id}');
      const nowhere = `/api/v1/systems/${UNKNOWN_ID}/mappings`;
      expectProblem(await call('POST', nowhere, aMapping()), 404, 'provisioning/system-not-found');
      expectProblem(await call('GET', nowhere), 404, 'provisioning/system-not-found');
    });

    it('are not deleted while accounts come from them', async () => {
      const system = await fixture.aSystem();
      const mapping = await fixture.aMappingOf(system);
      const path = `/api/v1/mappings/${mapping.id}`;
      const role = await fixture.aRole();
      await call('PUT', `/api/v1/roles/${role.id}/mappings/${mapping.id}`);
      const account = await fixture.anAccount(mapping, system, { state: 'released' });
      await fixture.anAccount(mapping, system, { state: 'gone' });
      const used = expectProblem(await call('DELETE', path), 409, 'provisioning/mapping-in-use');
      expect(used.detail).toContain('1 accounts come from this mapping');
      await fixture.database.query(`update provisioning_accounts set state = 'gone' where id = $1`, [
        account,
      ]);
      expect((await call('DELETE', path)).status).toBe(204);
      expect((await call('GET', `/api/v1/roles/${role.id}/mappings`)).body.items).toEqual([]);
      expect((await fixture.auditOf(mapping.id)).at(-1)).toMatchObject({ before: { roles: [role.id] } });
    });

    it('show what they make of an identity, bytes by their digest, without sending anything', async () => {
      const system = await fixture.aSystem();
      const code = unique('photo').replace('-', '_');
      const attributes = [
        { attribute: 'title', expression: "identity.givenName + ' ' + identity.surname" },
        { attribute: 'active', expression: "identity.state == 'active'", strategy: 'create' },
        { attribute: 'room', expression: 'identity.phone' },
        { attribute: 'photo', expression: `form.${code}` },
        { attribute: 'roles', expression: 'roles', isMultivalued: true },
      ];
      const mapping = await fixture.aMappingOf(system, {
        identifierExpression: "identity.login + '@' + system.name",
        attributes,
      });
      const path = `/api/v1/mappings/${mapping.id}/preview`;
      const role = await fixture.aRole();
      const { body: roleBody } = await call('GET', `/api/v1/roles/${role.id}`);
      const identity = await fixture.anIdentity({ roles: [roleBody.code] });
      const form = {
        entityType: 'identity',
        code,
        name: 'Photo',
        type: 'attachment',
        mediaTypes: ['image/jpeg'],
      };
      await call('POST', '/api/v1/form-attributes', form);
      const without = await call('POST', path, { identityId: identity.id });
      expect(without.body).toEqual({
        identifier: null,
        attributes: [],
        problems: [{ attribute: 'photo', detail: expect.any(String) }],
      });

      const bytes = aJpeg(1000);
      await fetch(`${fixture.api.url}/api/v1/identities/${identity.id}/form/${code}`, {
        method: 'PUT',
        body: new Uint8Array(bytes),
        headers: { 'content-type': 'image/jpeg' },
      });
      const { body: person } = await call('GET', `/api/v1/identities/${identity.id}`);
      const { body: owner } = await call('GET', `/api/v1/systems/${system.id}`);
      const shown = await call('POST', path, { identityId: identity.id });
      expect([shown.status, shown.body]).toEqual([
        200,
        {
          identifier: `${person.login}@${owner.name}`,
          attributes: [
            { attribute: 'title', strategy: 'set', values: ['Anna Nová'] },
            { attribute: 'active', strategy: 'create', values: ['yes'] },
            { attribute: 'room', strategy: 'set', values: [] },
            {
              attribute: 'photo',
              strategy: 'set',
              values: [{ sha256: createHash('sha256').update(bytes).digest('hex'), sizeBytes: 1000 }],
            },
            { attribute: 'roles', strategy: 'set', values: [roleBody.code] },
          ],
          problems: [],
        },
      ]);
      const nobody = await call('POST', path, { identityId: UNKNOWN_ID });
      expectProblem(nobody, 422, 'provisioning/unknown-identity');
      const nothing = `/api/v1/mappings/${UNKNOWN_ID}/preview`;
      expectProblem(
        await call('POST', nothing, { identityId: identity.id }),
        404,
        'provisioning/mapping-not-found',
      );
      expect(
        await fixture.database.query('select from provisioning_accounts where mapping_id = $1', [mapping.id]),
      ).toEqual([]);
    });
  });

  describe('the mappings of a role', () => {
    it('are added and removed once, however often it is asked, and announced', async () => {
      const system = await fixture.aSystem();
      const mapping = await fixture.aMappingOf(system);
      const role = await fixture.aRole();
      const path = `/api/v1/roles/${role.id}/mappings/${mapping.id}`;
      await fixture.announced();
      for (const events of [[`role ${role.id}`], []]) {
        expect((await call('PUT', path)).status).toBe(204);
        expect(await fixture.announced()).toEqual(events);
      }
      const { body } = await call('GET', `/api/v1/roles/${role.id}/mappings`);
      const { body: owner } = await call('GET', `/api/v1/systems/${system.id}`);
      expect(body).toEqual({
        items: [
          {
            mappingId: mapping.id,
            systemId: system.id,
            systemName: owner.name,
            entityType: 'identity',
            objectClass: 'record',
            createdAt: expect.stringMatching(/Z$/),
          },
        ],
        next: null,
      });
      for (const events of [[`role ${role.id}`], []]) {
        expect((await call('DELETE', path)).status).toBe(204);
        expect(await fixture.announced()).toEqual(events);
      }
      const shown = { mapping: mapping.id, system: owner.name };
      expect((await fixture.auditOf(role.id)).slice(1)).toEqual([
        { action: 'role.mapping-added', before: null, after: shown },
        { action: 'role.mapping-removed', before: shown, after: null },
      ]);
    });

    it('say which of role and mapping is missing', async () => {
      const role = await fixture.aRole();
      const mapping = await fixture.aMappingOf(await fixture.aSystem());
      for (const method of ['PUT', 'DELETE']) {
        const noRole = await call(method, `/api/v1/roles/${UNKNOWN_ID}/mappings/${mapping.id}`);
        expect(expectProblem(noRole, 404, 'registry/role-not-found').detail).toContain(UNKNOWN_ID);
        const noMapping = await call(method, `/api/v1/roles/${role.id}/mappings/${UNKNOWN_ID}`);
        expect(expectProblem(noMapping, 404, 'provisioning/mapping-not-found').detail).toContain(UNKNOWN_ID);
      }
      expectProblem(
        await call('GET', `/api/v1/roles/${UNKNOWN_ID}/mappings`),
        404,
        'registry/role-not-found',
      );
    });

    it('are added once when many ask at the same time', async () => {
      const role = await fixture.aRole();
      const mapping = await fixture.aMappingOf(await fixture.aSystem());
      await fixture.announced();
      const path = `/api/v1/roles/${role.id}/mappings/${mapping.id}`;
      const answers = await Promise.all(Array.from({ length: 8 }, () => call('PUT', path)));
      expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 204));
      expect(await fixture.announced()).toEqual([`role ${role.id}`]);
    });

    it('are listed page by page', async () => {
      const role = await fixture.aRole();
      const ids: string[] = [];
      for (let count = 0; count < 3; count += 1) {
        const mapping = await fixture.aMappingOf(await fixture.aSystem());
        await call('PUT', `/api/v1/roles/${role.id}/mappings/${mapping.id}`);
        ids.push(mapping.id);
      }
      const path = `/api/v1/roles/${role.id}/mappings?limit=2`;
      const first = await call('GET', path);
      const second = await call('GET', `${path}&after=${first.body.next}`);
      const seen = [...first.body.items, ...second.body.items].map(
        (item: { mappingId: string }) => item.mappingId,
      );
      expect([seen, second.body.next]).toEqual([ids.toSorted(), null]);
    });
  });

  describe('accounts', () => {
    it('are listed by identity, system and state, page by page', async () => {
      const system = await fixture.aSystem();
      const mapping = await fixture.aMappingOf(system);
      const ids = [
        await fixture.anAccount(mapping, system),
        await fixture.anAccount(mapping, system, { state: 'released', identifier: 'uid=b' }),
        await fixture.anAccount(mapping, system, { state: 'gone' }),
      ];
      const other = await fixture.aSystem();
      await fixture.anAccount(await fixture.aMappingOf(other), other);
      const list = async (query: string): Promise<unknown[]> => {
        const { status, body } = await call('GET', `/api/v1/accounts?${query}`);
        expect(status).toBe(200);
        return body.items.map(({ id }) => id);
      };
      expect(await list(`system=${system.id}`)).toEqual(ids);
      expect(await list(`system=${system.id}&state=released`)).toEqual([ids[1]]);
      const { body: one } = await call('GET', `/api/v1/accounts/${ids[2]}`);
      expect(await list(`identity=${one.identity.id}`)).toEqual([ids[2]]);
      expect(await list(`identity=${UNKNOWN_ID}`)).toEqual([]);
      const first = await call('GET', `/api/v1/accounts?system=${system.id}&limit=2`);
      expect(await list(`system=${system.id}&limit=2&after=${first.body.next}`)).toEqual([ids[2]]);
      for (const query of ['state=locked', 'system=x', 'after=x', 'login=x']) {
        expectProblem(await call('GET', `/api/v1/accounts?${query}`), 400, 'http/invalid-request');
      }
    });

    it('tell whose they are, where, what waits and what was done lately', async () => {
      const system = await fixture.aSystem();
      const mapping = await fixture.aMappingOf(system);
      const id = await fixture.anAccount(mapping, system, {
        identifier: 'uid=anna,ou=people',
        native_id: unique('uuid'),
        confirmed_at: '2026-03-01T08:00:00Z',
      });
      const lane = await fixture.aLane(system, `account:${id}`, 'gated-retry');
      const { database } = fixture;
      for (let seq = 1; seq <= 12; seq += 1) {
        await database.query(
          `insert into provisioning_operations (lane_id, seq, system_id, account_id, entity_type, entity_id, change, actor)
           values ($1, $2, $3, $4, 'identity', $5, 'match', 'local:tester')`,
          [lane, seq, system.id, id, UNKNOWN_ID],
        );
      }
      await database.query(
        `insert into queue_archive (lane_id, seq, kind, state, attempts, crashes, created_at, subject, result, payload, actor)
         values ($1, 11, 'provisioning', 'EXECUTED', 1, 0, now(), 's', 'updated', '{}', 'local:tester')`,
        [lane],
      );
      await database.query(
        `insert into queue_operations (lane_id, seq, kind, state, subject, payload, actor)
         values ($1, 12, 'provisioning', 'FAILED', 's', '{}', 'local:tester')`,
        [lane],
      );
      const photo = { sha256: 'ab'.repeat(32), sizeBytes: 7 };
      await database.query(
        `insert into provisioning_operation_attributes (lane_id, seq, attribute, was, becomes)
         values ($1, 11, 'sn', '["Nová"]', '["Svobodová"]'), ($1, 11, 'photo', '[]', $2)`,
        [lane, JSON.stringify([photo])],
      );

      const { status, body } = await call('GET', `/api/v1/accounts/${id}`);
      expect(status).toBe(200);
      const { lastOperations, ...account } = body;
      const { body: owner } = await call('GET', `/api/v1/systems/${system.id}`);
      expect(account).toEqual({
        id,
        mappingId: mapping.id,
        system: { id: system.id, name: owner.name },
        identity: { id: expect.any(String), login: expect.stringMatching(/^person-/) },
        state: 'wanted',
        identifier: 'uid=anna,ou=people',
        nativeId: expect.stringMatching(/^uuid-/),
        isConfirmed: true,
        confirmedAt: '2026-03-01T08:00:00.000Z',
        waiting: 1,
        createdAt: expect.any(String),
        updatedAt: expect.any(String),
      });
      expect(lastOperations).toHaveLength(10);
      const operation = { change: 'match', actor: 'local:tester', createdAt: expect.any(String) };
      expect(lastOperations.slice(0, 3)).toEqual([
        {
          ...operation,
          id: toOperationId({ laneId: lane, seq: 12 }),
          state: 'FAILED',
          finishedAt: null,
          result: null,
          attributes: [],
        },
        {
          ...operation,
          id: toOperationId({ laneId: lane, seq: 11 }),
          state: 'EXECUTED',
          finishedAt: expect.stringMatching(/Z$/),
          result: 'updated',
          attributes: [
            { attribute: 'photo', was: [], becomes: [photo] },
            { attribute: 'sn', was: ['Nová'], becomes: ['Svobodová'] },
          ],
        },
        {
          ...operation,
          id: toOperationId({ laneId: lane, seq: 10 }),
          state: null,
          finishedAt: null,
          result: null,
          attributes: [],
        },
      ]);
      const waiting = await call('GET', `/api/v1/operations/${lastOperations[0]?.id}`);
      expect(waiting.body).toMatchObject({ state: 'FAILED', target: `system:${owner.name}` });

      await database.query('delete from registry_identities where id = $1', [account.identity.id]);
      const orphan = await call('GET', `/api/v1/accounts/${id}`);
      expect(orphan.body.identity).toEqual({ id: account.identity.id, login: null });
    });

    it('that do not exist are a clear answer', async () => {
      expectProblem(
        await call('GET', '/api/v1/accounts/999999999999999'),
        404,
        'provisioning/account-not-found',
      );
      for (const id of ['0', '-1', '1e3', 'x', '9999999999999999']) {
        expectProblem(await call('GET', `/api/v1/accounts/${id}`), 400, 'http/invalid-request');
      }
    });
  });
});
