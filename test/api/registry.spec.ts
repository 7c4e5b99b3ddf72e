import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHash, randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { Global, Module } from '@nestjs/common';
import { AuditModule } from '../../src/audit/index.js';
import { Database } from '../../src/platform/database/index.js';
import { DurableEvents, Groups, GroupWatch } from '../../src/queue/index.js';
import { registryEntities, RegistryModule } from '../../src/registry/index.js';
import { aJpeg, watchedEvents } from '../integration/registry/registry.fixture.js';
import { bootTestApp, type TestApp, type TestRequest, type TestResponse } from '../support/http-app.js';
import { createTestDatabase } from '../support/postgres.js';

interface Problem {
  readonly type: string;
  readonly status: number;
  readonly detail: string;
  readonly errors?: readonly { pointer: string; detail: string }[];
}

interface Item {
  readonly id: string;
  readonly login: string;
  readonly code: string;
}

/** Whatever a route of the registry answers: one object, a page, or a problem. */
type Answer = Item & Problem & { readonly items: readonly Item[]; readonly next: string | null };

const UNKNOWN_ID = '00000000-0000-4000-8000-000000000000';

const uniqueLogin = (): string => `person-${randomBytes(5).toString('hex')}`;

function expectProblem(response: TestResponse<unknown>, status: number, type: string): Problem {
  expect(response.headers.get('content-type')).toContain('application/problem+json');
  const body = response.body as Problem;
  expect({ status: response.status, type: body.type }).toEqual({ status, type: `/problems/${type}` });
  return body;
}

describe('the registry over HTTP', () => {
  let api: TestApp;
  let database: Database;
  let close: () => Promise<void>;

  beforeAll(async () => {
    const testDatabase = await createTestDatabase();
    const watched = await watchedEvents(testDatabase.url);
    @Global()
    @Module({
      providers: [{ provide: DurableEvents, useValue: watched.events }, Groups, GroupWatch],
      exports: [DurableEvents, Groups, GroupWatch],
    })
    class WatchedEventsModule {}
    api = await bootTestApp({
      imports: [AuditModule, WatchedEventsModule, RegistryModule],
      entities: registryEntities,
      databaseUrl: testDatabase.url,
    });
    database = api.app.get(Database);
    close = async () => {
      await api.close();
      await watched.close();
      await testDatabase.drop();
    };
  });

  afterAll(() => close());

  function call(method: string, path: string, request?: TestRequest): Promise<TestResponse<Answer>> {
    return api.request<Answer>(method, path, request);
  }

  async function anIdentity(fields: object = {}): Promise<Item> {
    const response = await api.request<Item>('POST', '/api/v1/identities', {
      body: { login: uniqueLogin(), givenName: 'Anna', surname: 'Nová', ...fields },
    });
    expect(response.status).toBe(201);
    return response.body;
  }

  async function aRole(code = `role-${randomBytes(5).toString('hex')}`): Promise<Item> {
    const response = await call('POST', '/api/v1/roles', { body: { code, name: 'A role' } });
    expect(response.status).toBe(201);
    return response.body;
  }

  async function aPhotoAttribute(fields: object = {}): Promise<string> {
    const code = `photo_${randomBytes(5).toString('hex')}`;
    const body = { entityType: 'identity', code, name: 'Photo', type: 'attachment', ...fields };
    const response = await call('POST', '/api/v1/form-attributes', {
      body: { mediaTypes: ['image/jpeg', 'image/png'], ...body },
    });
    expect(response.status).toBe(201);
    return code;
  }

  function upload(path: string, bytes: Uint8Array | ReadableStream, contentType?: string): Promise<Response> {
    return fetch(`${api.url}${path}`, {
      method: 'PUT',
      body: bytes,
      headers: contentType === undefined ? {} : { 'content-type': contentType },
      ...(bytes instanceof ReadableStream && { duplex: 'half' }),
    });
  }

  async function countOf(table: string): Promise<number> {
    const [row] = await database.query<{ count: number }>(`select count(*) as count from ${table}`);
    return row?.count ?? -1;
  }

  /** Every item of a list, page by page. */
  async function walk(list: string, between: () => Promise<void> = async () => {}): Promise<Item[]> {
    const items: Item[] = [];
    for (let next: string | null = ''; next !== null;) {
      const { status, body } = await call('GET', `/api/v1/${list}${next === '' ? '' : `&after=${next}`}`);
      expect(status).toBe(200);
      items.push(...body.items);
      next = body.next;
      await between();
    }
    return items;
  }

  async function idsFor(q: string): Promise<string[]> {
    const { body } = await call('GET', `/api/v1/identities?q=${encodeURIComponent(q)}`);
    return body.items.map(({ id }) => id);
  }

  describe('identities', () => {
    it('are created, read, changed and deleted', async () => {
      const login = uniqueLogin();
      const created = await call('POST', '/api/v1/identities', {
        body: { login, givenName: 'Anna', surname: 'Nová', title: 'Dr.', email: 'anna@example.org' },
      });
      expect(created.status).toBe(201);
      expect(created.headers.get('etag')).toBe('"1"');
      expect(created.body).toEqual({
        id: expect.any(String),
        login,
        givenName: 'Anna',
        surname: 'Nová',
        displayName: null,
        title: 'Dr.',
        email: 'anna@example.org',
        phone: null,
        state: 'active',
        version: 1,
        createdAt: expect.stringMatching(/Z$/),
        updatedAt: expect.stringMatching(/Z$/),
      });
      const path = String(created.headers.get('location'));
      expect(path).toBe(`/api/v1/identities/${created.body.id}`);

      const changed = await call('PATCH', path, { body: { surname: 'Svobodová', title: null } });
      expect(changed.status).toBe(200);
      expect(changed.headers.get('etag')).toBe('"2"');
      expect(changed.body).toMatchObject({
        surname: 'Svobodová',
        title: null,
        givenName: 'Anna',
        version: 2,
      });
      expect((await call('GET', path)).body).toEqual(changed.body);

      expect((await call('DELETE', path)).status).toBe(204);
      expectProblem(await call('GET', path), 404, 'registry/identity-not-found');
      expectProblem(await call('DELETE', path), 404, 'registry/identity-not-found');
      expectProblem(await call('PATCH', path, { body: { title: 'x' } }), 404, 'registry/identity-not-found');
    });

    it.each([
      ['Arabic', 'محمد.علي', 'محمد', 'علي'],
      ['Chinese', '王小明', '小明', '王'],
      ['Greek', 'Οδυσσεύς', 'Οδυσσεύς', 'Παπαδόπουλος'],
      ['emoji', '🦊.fox', '🦊', '👩‍👩‍👧'],
      ['every special character of a DN', 'a,b+c"d\\e<f>g;h=i#j', ' #Ann,a', 'O=Brien/\\'],
      ['HTML and SQL', `<b>'; drop table x; --`, '{{1}}', '${1}'],
    ])('keep a name in %s as it was given', async (_, login, givenName, surname) => {
      const created = await anIdentity({ login, givenName, surname });
      const { body } = await call('GET', `/api/v1/identities/${created.id}`);
      expect(body).toMatchObject({ login, givenName: givenName.trim(), surname });
      const found = await call('GET', `/api/v1/identities?login=${encodeURIComponent(login.toUpperCase())}`);
      expect(found.body.items).toEqual([body]);
    });

    it.each([
      ['the same', 'Jan.Novak', 'Jan.Novak'],
      ['another case', 'eva.černá', 'EVA.ČERNÁ'],
      ['another composition', 'jos\u00e9', 'jose\u0301'],
      ['an invisible character', 'petr', 'pe\u200btr'],
      ['blanks around it', 'blank', '  blank '],
    ])('refuse a login that exists with %s', async (_, first, second) => {
      const owner = await anIdentity({ login: first });
      const body = { login: second, givenName: 'A', surname: 'B' };
      const refused = expectProblem(
        await call('POST', '/api/v1/identities', { body }),
        409,
        'registry/login-taken',
      );
      expect(refused.detail).toContain(owner.id);
      expect(refused.detail).toContain(`"${first}"`);
      expect(refused.errors).toEqual([{ pointer: '/login', detail: 'is taken' }]);
      const other = await anIdentity();
      const renamed = await call('PATCH', `/api/v1/identities/${other.id}`, {
        body: { login: second },
      });
      expectProblem(renamed, 409, 'registry/login-taken');
    });

    it('may change the case of their own login', async () => {
      const { id } = await anIdentity({ login: 'case.changer' });
      const { status, body } = await call('PATCH', `/api/v1/identities/${id}`, {
        body: { login: 'Case.Changer' },
      });
      expect([status, body.login]).toEqual([200, 'Case.Changer']);
    });

    it('are created once when twenty ask for one login at the same time', async () => {
      const login = uniqueLogin();
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          call('POST', '/api/v1/identities', {
            body: {
              login: index % 2 === 0 ? login : login.toUpperCase(),
              givenName: 'A',
              surname: `${index}`,
            },
          }),
        ),
      );
      const statuses = answers.map(({ status }) => status).sort((left, right) => left - right);
      expect(statuses).toEqual([201, ...Array.from({ length: 19 }, () => 409)]);
    });

    it('change only when If-Match names the version there is', async () => {
      const { id } = await anIdentity();
      const path = `/api/v1/identities/${id}`;
      const change = (surname: string, ifMatch: string): Promise<TestResponse<unknown>> =>
        call('PATCH', path, { body: { surname }, headers: { 'if-match': ifMatch } });
      expect((await change('One', '"1"')).status).toBe(200);
      expectProblem(await change('Two', '"1"'), 412, 'http/precondition-failed');
      expect((await change('Two', '*')).status).toBe(200);
      const deletion = await call('DELETE', path, { headers: { 'if-match': '"2"' } });
      expectProblem(deletion, 412, 'http/precondition-failed');
      expect((await call('DELETE', path, { headers: { 'if-match': '"3"' } })).status).toBe(204);
    });

    it('let exactly one of two changes of the same version through', async () => {
      const { id } = await anIdentity();
      const answers = await Promise.all(
        ['One', 'Two', 'Three', 'Four'].map((surname) =>
          call('PATCH', `/api/v1/identities/${id}`, {
            body: { surname },
            headers: { 'if-match': '"1"' },
          }),
        ),
      );
      expect(answers.map(({ status }) => status).sort((left, right) => left - right)).toEqual([
        200, 412, 412, 412,
      ]);
    });

    it('keep their version when nothing changes', async () => {
      const { id } = await anIdentity({ surname: 'Same' });
      for (const body of [{ surname: 'Same' }, {}, { surname: ' Same ' }]) {
        const { status, headers } = await call('PATCH', `/api/v1/identities/${id}`, { body });
        expect([status, headers.get('etag')]).toEqual([200, '"1"']);
      }
    });

    it('start with the roles of their request, or not at all', async () => {
      const role = await aRole();
      const login = uniqueLogin();
      const { id } = await anIdentity({ login, roles: [role.code, role.code] });
      const { body } = await call('GET', `/api/v1/identities/${id}/roles`);
      expect(body.items).toEqual([expect.objectContaining({ id: role.id, code: role.code })]);

      const other = uniqueLogin();
      const refused = expectProblem(
        await call('POST', '/api/v1/identities', {
          body: { login: other, givenName: 'A', surname: 'B', roles: [role.code, `${role.code}x`] },
        }),
        422,
        'registry/unknown-role',
      );
      expect(refused.detail).toContain(`Did you mean "${role.code}"?`);
      expect(refused.errors?.[0]?.pointer).toBe('/roles/1');
      expect((await call('GET', `/api/v1/identities?login=${other}`)).body.items).toEqual([]);
    });
  });

  describe('the list of identities', () => {
    it('neither repeats nor hides anybody while people come and go', async () => {
      const mark = uniqueLogin();
      const name = (index: number): string => `${mark}-${String(index).padStart(2, '0')}`;
      const ids = new Map<number, string>();
      for (let index = 10; index < 40; index += 2)
        ids.set(index, (await anIdentity({ login: name(index) })).id);
      let turn = 0;
      const seen = await walk(`identities?q=${mark}&limit=4`, async () => {
        turn += 1;
        // Before and after the page's end, and the very one the cursor names.
        await anIdentity({ login: name(turn) });
        await anIdentity({ login: name(41 + turn) });
        if (turn === 1) await call('DELETE', `/api/v1/identities/${ids.get(16)}`);
      });
      const logins = seen.map(({ login }) => login);
      expect(logins).toEqual([...new Set(logins)].sort());
      for (const index of ids.keys()) expect(logins).toContain(name(index));
    });

    it('goes past logins of any script and of the greatest length', async () => {
      const mark = uniqueLogin().slice(0, 12);
      const logins = ['王', '\ufb50', 'é', '"', '🦊'].map((letter) =>
        `${mark}${letter.repeat(128)}`.slice(0, 128),
      );
      for (const login of logins) await anIdentity({ login: login.toWellFormed() });
      expect((await walk(`identities?q=${mark}&limit=1`)).length).toBe(logins.length);
    });

    it('finds by the beginning of login, surname or display name, whatever its case', async () => {
      const mark = randomBytes(4).toString('hex');
      const people = [
        await anIdentity({ login: `Žab.${mark}` }),
        await anIdentity({ surname: `ŽAB.${mark}.x` }),
        await anIdentity({ displayName: `žab.${mark} y` }),
      ];
      await anIdentity({ surname: `x žab.${mark}` });
      const { body } = await call('GET', `/api/v1/identities?q=${encodeURIComponent(`žAb.${mark}`)}`);
      const found = body.items.map(({ id }) => id).sort();
      expect(found).toEqual(people.map(({ id }) => id).sort());
    });

    it('takes the wildcards of LIKE for what they are', async () => {
      const { id } = await anIdentity({ surname: `100%_sure\\${randomBytes(4).toString('hex')}` });
      expect(await idsFor('100%_SURE\\')).toEqual([id]);
      expect(await idsFor('1%')).toEqual([]);
      expect(await idsFor('%')).toEqual([]);
    });

    it('filters by role, and says when there is no such role', async () => {
      const role = await aRole();
      const member = await anIdentity({ roles: [role.code] });
      await anIdentity();
      expect((await walk(`identities?role=${role.code}&limit=1`)).map(({ id }) => id)).toEqual([member.id]);
      const members = await call('GET', `/api/v1/roles/${role.id}/members`);
      expect(members.body).toEqual({ items: [expect.objectContaining({ id: member.id })], next: null });
      expectProblem(await call('GET', '/api/v1/identities?role=nobody'), 422, 'registry/unknown-role');
    });

    it.each([
      ['a damaged cursor', 'after=%00'],
      ['a cursor with NUL', `after=${Buffer.from('["a\\u0000b"]').toString('base64url')}`],
      ['a cursor of another list', `after=${Buffer.from('[1,2]').toString('base64url')}`],
      ['a limit of 0', 'limit=0'],
      ['a limit of 201', 'limit=201'],
      ['NUL in a filter', 'q=%00'],
      ['an unknown filter', 'surname=x'],
      ['an empty filter', 'q='],
      ['a filter nobody can see', 'q=%E2%80%8B'],
      ['a filter given twice', 'q=a&q=b'],
    ])('refuses %s', async (_, query) => {
      expectProblem(await call('GET', `/api/v1/identities?${query}`), 400, 'http/invalid-request');
    });
  });

  describe('bad input', () => {
    const valid = { login: 'valid', givenName: 'A', surname: 'B' };

    it.each([
      ['NUL in a name', { ...valid, surname: 'a\u0000b' }, '/surname'],
      ['a line break in a login', { ...valid, login: 'a\nb' }, '/login'],
      ['half a surrogate pair', { ...valid, surname: '\ud800' }, '/surname'],
      ['an empty login', { ...valid, login: '   ' }, '/login'],
      ['a login nobody can see', { ...valid, login: '\u200b\u2060' }, '/login'],
      ['a login of 129 characters', { ...valid, login: 'x'.repeat(129) }, '/login'],
      ['a login that grows when normalised', { ...valid, login: '\ufdfa'.repeat(100) }, '/login'],
      ['an unknown state', { ...valid, state: 'gone' }, '/state'],
      ['an address without @', { ...valid, email: 'anna' }, '/email'],
      ['a number for a name', { ...valid, surname: 7 }, '/surname'],
      ['a role code with a blank', { ...valid, roles: ['a b'] }, '/roles/0'],
      ['an array', [valid], ''],
      ['null', null, ''],
    ])('refuses %s and says where', async (_, body, pointer) => {
      const before = await countOf('registry_identities');
      const response = await call('POST', '/api/v1/identities', { body: JSON.stringify(body) });
      const refused = expectProblem(response, 400, 'http/invalid-request');
      expect(refused.errors?.map((error) => error.pointer)).toContain(pointer);
      expect(await countOf('registry_identities')).toBe(before);
    });

    it('answers an unknown field with the nearest known one', async () => {
      const created = await call('POST', '/api/v1/identities', { body: { ...valid, surnme: 'x' } });
      expect(expectProblem(created, 400, 'http/invalid-request').detail).toContain('Did you mean surname?');
      const { id } = await anIdentity();
      const changed = await call('PATCH', `/api/v1/identities/${id}`, { body: { Login: 'x' } });
      expect(expectProblem(changed, 400, 'http/invalid-request').detail).toContain('Did you mean login?');
      const version = await call('PATCH', `/api/v1/identities/${id}`, { body: { version: 9 } });
      expectProblem(version, 400, 'http/invalid-request');
    });

    it('refuses a JSON body of 2 MB', async () => {
      const response = await call('POST', '/api/v1/identities', {
        body: { ...valid, surname: 'x'.repeat(2_000_000) },
      });
      expectProblem(response, 413, 'http/payload-too-large');
    });

    it('refuses JSON that is none', async () => {
      const response = await call('POST', '/api/v1/identities', { body: '{"login":' });
      expect(response.status).toBe(400);
    });

    it.each(['POST', 'PATCH'])('refuses a %s whose body is not JSON', async (method) => {
      const path = method === 'POST' ? '/api/v1/identities' : `/api/v1/identities/${(await anIdentity()).id}`;
      const response = await fetch(`${api.url}${path}`, {
        method,
        body: aJpeg(100),
        headers: { 'content-type': 'image/jpeg' },
      });
      expect([400, 415]).toContain(response.status);
      await response.body?.cancel();
    });

    it('refuses an id that is none', async () => {
      for (const path of ['/api/v1/identities/x', '/api/v1/roles/1', `/api/v1/identities/${UNKNOWN_ID}x`]) {
        expectProblem(await call('GET', path), 400, 'http/invalid-request');
      }
    });
  });

  describe('roles', () => {
    it('are created, read, changed and deleted', async () => {
      const code = `staff-${randomBytes(4).toString('hex')}`;
      const created = await call('POST', '/api/v1/roles', { body: { code, name: 'Staff' } });
      expect(created.status).toBe(201);
      const path = String(created.headers.get('location'));
      expect(created.body).toMatchObject({ code, name: 'Staff', description: null, version: 1 });
      const stale = { body: { name: 'Employees' }, headers: { 'if-match': '"7"' } };
      expectProblem(await call('PATCH', path, stale), 412, 'http/precondition-failed');
      const changed = await call('PATCH', path, { body: { name: 'Employees', description: 'All' } });
      expect(changed.headers.get('etag')).toBe('"2"');
      expect((await call('GET', path)).body).toEqual(changed.body);
      const same = await call('PATCH', path, { body: { name: 'Employees' } });
      expect(same.headers.get('etag')).toBe('"2"');
      expect((await call('DELETE', path)).status).toBe(204);
      expectProblem(await call('GET', path), 404, 'registry/role-not-found');
    });

    it('have a code of their own', async () => {
      const { code } = await aRole();
      const again = await call('POST', '/api/v1/roles', { body: { code, name: 'Again' } });
      expect(expectProblem(again, 409, 'registry/role-code-taken').detail).toContain(code);
      const other = await aRole();
      const renamed = await call('PATCH', `/api/v1/roles/${other.id}`, { body: { code } });
      expectProblem(renamed, 409, 'registry/role-code-taken');
    });

    it('are listed page by page in the order of their codes', async () => {
      for (let index = 0; index < 3; index += 1) await aRole();
      const codes = (await walk('roles?limit=2')).map(({ code }) => code);
      expect(codes).toEqual([...new Set(codes)].sort());
      expect(codes.length).toBe(await countOf('registry_roles'));
    });

    it('are given and taken as often as one likes', async () => {
      const role = await aRole();
      const { id } = await anIdentity();
      const path = `/api/v1/identities/${id}/roles/${role.id}`;
      const held = async (): Promise<string[]> => {
        const { body } = await call('GET', `/api/v1/identities/${id}/roles`);
        return body.items.map(({ code }) => code);
      };
      for (const _ of [1, 2]) expect((await call('PUT', path)).status).toBe(204);
      expect(await held()).toEqual([role.code]);
      for (const _ of [1, 2]) expect((await call('DELETE', path)).status).toBe(204);
      expect(await held()).toEqual([]);
      const unknownRole = await call('PUT', `/api/v1/identities/${id}/roles/${UNKNOWN_ID}`);
      expectProblem(unknownRole, 404, 'registry/role-not-found');
      const nobody = await call('PUT', `/api/v1/identities/${UNKNOWN_ID}/roles/${role.id}`);
      expectProblem(nobody, 404, 'registry/identity-not-found');
      const nobodysRoles = await call('GET', `/api/v1/identities/${UNKNOWN_ID}/roles`);
      expectProblem(nobodysRoles, 404, 'registry/identity-not-found');
    });

    it('stay while somebody has them', async () => {
      const role = await aRole();
      const { id } = await anIdentity({ roles: [role.code] });
      const refused = await call('DELETE', `/api/v1/roles/${role.id}`);
      expect(expectProblem(refused, 409, 'registry/role-in-use').detail).toContain('/members');
      await call('DELETE', `/api/v1/identities/${id}`);
      expect((await call('DELETE', `/api/v1/roles/${role.id}`)).status).toBe(204);
    });
  });

  describe('form attributes', () => {
    it('are created once and listed', async () => {
      const code = await aPhotoAttribute({ maxBytes: 1000 });
      const body = {
        entityType: 'identity',
        code,
        name: 'Again',
        type: 'attachment',
        mediaTypes: ['image/png'],
      };
      const again = await call('POST', '/api/v1/form-attributes', { body });
      expectProblem(again, 409, 'registry/form-attribute-taken');
      const found = await walk('form-attributes?limit=1');
      expect(found).toContainEqual(
        expect.objectContaining({ code, maxBytes: 1000, mediaTypes: ['image/jpeg', 'image/png'] }),
      );
      expect(found.length).toBe(await countOf('registry_form_attributes'));
    });

    it.each([
      ['SVG', { mediaTypes: ['image/svg+xml'] }],
      ['no type at all', { mediaTypes: [] }],
      ['more than 10 MiB', { maxBytes: 10_485_761 }],
      ['a code that is no name', { code: '__proto__' }],
    ])('refuse %s', async (_, fields) => {
      const body = {
        entityType: 'identity',
        code: 'x',
        name: 'x',
        type: 'attachment',
        mediaTypes: ['image/png'],
      };
      const response = await call('POST', '/api/v1/form-attributes', { body: { ...body, ...fields } });
      expectProblem(response, 400, 'http/invalid-request');
    });
  });

  describe('attachments', () => {
    it('come back byte for byte, as a download of their own type', async () => {
      const code = await aPhotoAttribute();
      const { id } = await anIdentity();
      const path = `/api/v1/identities/${id}/form/${code}`;
      const bytes = aJpeg(700_001);
      const sha256 = createHash('sha256').update(bytes).digest('hex');

      const put = await upload(path, bytes, 'image/jpeg');
      expect(put.status).toBe(200);
      expect(put.headers.get('etag')).toBe(`"${sha256}"`);
      const value = { code, sha256, sizeBytes: 700_001, mediaType: 'image/jpeg' };
      expect(await put.json()).toEqual({ ...value, updatedAt: expect.stringMatching(/Z$/) });

      const got = await fetch(`${api.url}${path}`);
      expect(Buffer.from(await got.arrayBuffer()).equals(bytes)).toBe(true);
      expect(Object.fromEntries(got.headers)).toMatchObject({
        'content-type': 'image/jpeg',
        'content-length': '700001',
        'content-disposition': `attachment; filename="${code}.jpg"`,
        'x-content-type-options': 'nosniff',
        etag: `"${sha256}"`,
      });
      const unchanged = await fetch(`${api.url}${path}`, { headers: { 'if-none-match': `"${sha256}"` } });
      expect([unchanged.status, (await unchanged.arrayBuffer()).byteLength]).toEqual([304, 0]);
      const list = await call('GET', `/api/v1/identities/${id}/form`);
      expect(list.body.items).toEqual([expect.objectContaining(value)]);

      for (const _ of [1, 2]) expect((await call('DELETE', path)).status).toBe(204);
      expectProblem(await call('GET', path), 404, 'registry/form-value-not-found');
    });

    it('arrive without a length too', async () => {
      const code = await aPhotoAttribute();
      const { id } = await anIdentity();
      const bytes = aJpeg(300_000, 1);
      const response = await upload(
        `/api/v1/identities/${id}/form/${code}`,
        new Blob([bytes]).stream(),
        'image/jpeg',
      );
      expect(response.status).toBe(200);
      const got = await fetch(`${api.url}/api/v1/identities/${id}/form/${code}`);
      expect(Buffer.from(await got.arrayBuffer()).equals(bytes)).toBe(true);
    });

    it('are cut off when they are too large, and the connection lives on', async () => {
      const code = await aPhotoAttribute();
      const { id } = await anIdentity();
      const path = `/api/v1/identities/${id}/form/${code}`;
      const bytes = aJpeg(10_485_761, 2);
      for (const body of [bytes, new Blob([bytes]).stream()]) {
        const response = await upload(path, body, 'image/jpeg');
        expect(response.status).toBe(413);
        expect(await response.json()).toMatchObject({ type: '/problems/registry/attachment-too-large' });
      }
      expectProblem(await call('GET', path), 404, 'registry/form-value-not-found');
    });

    it('may be exactly as large as the attribute says', async () => {
      const code = await aPhotoAttribute({ maxBytes: 1000 });
      const { id } = await anIdentity();
      const path = `/api/v1/identities/${id}/form/${code}`;
      expect((await upload(path, aJpeg(1001), 'image/jpeg')).status).toBe(413);
      expect((await upload(path, aJpeg(1000), 'image/jpeg')).status).toBe(200);
    });

    it.each([
      ['an SVG that says so', '<svg xmlns="http://www.w3.org/2000/svg"/>', 'image/svg+xml'],
      ['an SVG that says it is a JPEG', '<svg onload="alert(1)"/>', 'image/jpeg'],
      ['an SVG behind a magic number', '\xff\xd8\xff<svg onload="alert(1)"/>', 'image/jpeg'],
      ['HTML that says it is a PNG', '<html><script>', 'image/png'],
      ['a JPEG that says it is a PNG', '\xff\xd8\xff\xe0\x00\x10JFIF\x00', 'image/png'],
      ['a PDF where only pictures are taken', '%PDF-1.7\n', 'application/pdf'],
      ['a kind that is hidden behind another', '%PDF-1.7\n', 'image/jpeg'],
      ['nothing', '', 'image/jpeg'],
      ['JSON', '{}', 'application/json'],
      ['HTML', '<html>', 'text/html'],
      ['text', 'hello', 'text/plain'],
    ])('refuse %s', async (_, text, contentType) => {
      const code = await aPhotoAttribute();
      const { id } = await anIdentity();
      const before = await countOf('registry_attachments');
      const path = `/api/v1/identities/${id}/form/${code}`;
      const response = await upload(path, Buffer.from(text, 'latin1'), contentType);
      expect(response.status).toBe(415);
      expect(response.headers.get('content-type')).toContain('application/problem+json');
      expect(await countOf('registry_attachments')).toBe(before);
    });

    it('refuse an unknown identity and an unknown attribute', async () => {
      const code = await aPhotoAttribute();
      const { id } = await anIdentity();
      const bytes = aJpeg(1000);
      const nobody = await upload(`/api/v1/identities/${UNKNOWN_ID}/form/${code}`, bytes, 'image/jpeg');
      expect([nobody.status, await nobody.json()]).toEqual([
        404,
        expect.objectContaining({ type: '/problems/registry/identity-not-found' }),
      ]);
      const unknown = await upload(`/api/v1/identities/${id}/form/${code}x`, bytes, 'image/jpeg');
      expect([unknown.status, await unknown.json()]).toEqual([
        404,
        expect.objectContaining({ detail: expect.stringContaining(`Did you mean "${code}"?`) }),
      ]);
    });

    it('leave nothing when the sender goes away', async () => {
      const code = await aPhotoAttribute();
      const { id } = await anIdentity();
      const before = await countOf('registry_attachments');
      const { hostname, port } = new URL(api.url);
      const socket = connect(Number(port), hostname);
      const answered = new Promise<void>((resolve) => {
        api.app
          .getHttpAdapter()
          .getInstance()
          .server.once('request', (_request: unknown, response: NodeJS.EventEmitter) =>
            response.once('close', () => resolve()),
          );
      });
      socket.write(
        `PUT /api/v1/identities/${id}/form/${code} HTTP/1.1\r\nhost: x\r\n` +
          'content-type: image/jpeg\r\ncontent-length: 500000\r\n\r\n',
      );
      await new Promise((resolve) => socket.write(aJpeg(100_000), resolve));
      socket.destroy();
      await answered;
      const path = `/api/v1/identities/${id}/form/${code}`;
      expectProblem(await call('GET', path), 404, 'registry/form-value-not-found');
      expect(await countOf('registry_attachments')).toBe(before);
    });

    it('go with their identity', async () => {
      const code = await aPhotoAttribute();
      const { id } = await anIdentity();
      const before = await countOf('registry_attachments');
      await upload(`/api/v1/identities/${id}/form/${code}`, aJpeg(600_000, 9), 'image/jpeg');
      expect(await countOf('registry_attachments')).toBe(before + 1);
      expect((await call('DELETE', `/api/v1/identities/${id}`)).status).toBe(204);
      expect(await countOf('registry_attachments')).toBe(before);
    });
  });
});
