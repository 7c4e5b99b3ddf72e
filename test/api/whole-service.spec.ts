// Every route of the whole service, as somebody without a login meets it.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Database } from '../../src/platform/database/index.js';
import { requestTo, type TestApp, type TestResponse } from '../support/http-app.js';
import { addLoggedIn } from '../support/operators.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { sendRaw } from '../support/raw-http.js';
import { expectSecurityHeaders } from '../support/security-headers.js';
import { startWholeApp, type WholeApp } from '../support/whole-app.js';

type Json = Record<string, unknown>;

interface Operation {
  readonly responses: Record<string, { readonly content?: Record<string, { readonly schema?: Json }> }>;
}

/** Public keys change seldom, and whoever checks tokens asks often. */
const CACHED: Record<string, object> = {
  '/.well-known/jwks.json': { 'cache-control': 'public, max-age=300' },
};
const ID = '00000000-0000-4000-8000-000000000000';

const dataKey = Buffer.alloc(32, 3);

describe('the whole service', () => {
  let database: TestDatabase;
  let whole: WholeApp;
  let routes: { readonly method: string; readonly path: string }[];

  beforeAll(async () => {
    database = await createTestDatabase();
    whole = await startWholeApp(database.url, {}, dataKey);
    const { paths } = (await (await fetch(`${whole.url}/docs-json`)).json()) as {
      paths: Record<string, Record<string, unknown>>;
    };
    routes = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => ({
        method: method.toUpperCase(),
        path: path.replaceAll(/\{[^}]+\}/g, ID),
      })),
    );
  });

  afterAll(async () => {
    await whole.close();
    await database.drop();
  });

  it('sends the security headers from every route, with every kind of answer', async () => {
    expect(routes.length).toBeGreaterThan(60);
    const statuses = new Set<number>();
    for (const { method, path } of routes) {
      const { headers, status } = await fetch(`${whole.url}${path}`, { method });
      statuses.add(status);
      expectSecurityHeaders(headers, CACHED[path]);
    }
    expect([...statuses].filter((status) => status >= 500)).toEqual([]);
    for (const status of [200, 400, 401]) expect(statuses).toContain(status);
  });

  it('refuses every method that a path does not have, and names those it has', async () => {
    for (const path of new Set(routes.map((route) => route.path))) {
      const { status, headers } = await fetch(`${whole.url}${path}`, { method: 'PROPFIND' });
      const allowed = (headers.get('allow') ?? '').split(', ').filter((method) => method !== 'HEAD');
      const documented = routes.filter((route) => route.path === path).map(({ method }) => method);
      expect([path, status, allowed]).toEqual([path, 405, expect.arrayContaining(documented)]);
      expectSecurityHeaders(headers);
    }
  });

  it.each(['/docs', '/docs/swagger-ui.css', '/docs/swagger-ui-bundle.js', '/docs/nothing.js'])(
    'sends them with the page that shows the API, which may load what is its own (%s)',
    async (path) => {
      const { headers } = await fetch(`${whole.url}${path}`);
      expectSecurityHeaders(headers, {
        'content-security-policy': expect.stringMatching(/script-src 'self';(?!.*unsafe-eval)/),
        'cache-control': expect.stringMatching(/^(no-store|public, max-age=0)$/),
      });
    },
  );

  it.each(['/docs-json', '/docs-yaml', '/.well-known/jwks.json', '/metrics', '/problems'])(
    'sends them with what is made for programs (%s)',
    async (path) => {
      const { headers, status } = await fetch(`${whole.url}${path}`);
      expect(status).toBe(200);
      expectSecurityHeaders(headers, CACHED[path]);
    },
  );

  it.each(['/docs', '/docs-json', '/problems', '/nowhere', '/api/v1/identities', '/docs/'])(
    'puts nothing into %s of the names that a caller gives it',
    async (path) => {
      const { headers, body } = await sendRaw(
        whole.url,
        `GET ${path} HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: evil.example\r\n` +
          'X-Forwarded-Proto: evil\r\nForwarded: host=evil.example\r\nConnection: close\r\n\r\n',
      );
      expect(`${JSON.stringify([...headers])}${body}`).not.toContain('evil');
    },
  );

  it('explains every kind of problem where its type points', async () => {
    const list = await fetch(`${whole.url}/problems`);
    const { items } = (await list.json()) as { items: { type: string; remedy: string }[] };
    expect(items.length).toBeGreaterThan(50);
    for (const item of items) {
      expect(item.remedy.length).toBeGreaterThan(9);
      const explained = await fetch(`${whole.url}${item.type}`);
      expect([explained.status, await explained.json()]).toEqual([200, item]);
    }
    for (const path of ['/problems/http/nothing', '/problems/constructor/prototype', '/problems/%2e%2e/x']) {
      const { status, headers } = await fetch(`${whole.url}${path}`);
      expect([400, 404]).toContain(status);
      expect(headers.get('content-type')).toContain('application/problem+json');
    }
  });

  it('answers nothing but probes where it has no role for more, and says so', async () => {
    const worker = await startWholeApp(database.url, { PROVOST_ROLES: 'worker' }, dataKey);
    const answers = await Promise.all(
      ['/healthz', '/docs-json', '/problems', '/api/v1/identities'].map((path) =>
        fetch(`${worker.url}${path}`),
      ),
    );
    const last = (await answers.at(-1)?.json()) as Json;
    await worker.close();
    expect(answers.map(({ status }) => status)).toEqual([200, 404, 404, 404]);
    for (const { headers } of answers) expectSecurityHeaders(headers);
    expect(last).toMatchObject({ type: '/problems/http/not-found', instance: expect.any(String) });
  });

  describe('to an administrator', () => {
    let api: TestApp;
    let token: string;
    let document: { paths: Record<string, Record<string, Operation>>; components: { schemas: Json } };

    beforeAll(async () => {
      api = { ...whole, request: requestTo(whole.url) };
      token = (await addLoggedIn(api, 'root', 'administrator')).accessToken;
      document = (await api.request<typeof document>('GET', '/docs-json')).body;
    });

    const call = (method: string, path: string, body?: Json): Promise<TestResponse<Json>> =>
      api.request(method, path, { token, ...(body && { body }) });

    const person = (login: string): Json => ({ login, givenName: 'Anna', surname: 'Nová' });

    /** Where `value` has fields that its schema does not declare. */
    function undeclared(value: unknown, schema: Json, place = ''): string[] {
      const { $ref, properties, additionalProperties, items } = schema;
      if (typeof $ref === 'string') {
        return undeclared(value, document.components.schemas[$ref.split('/').pop() ?? ''] as Json, place);
      }
      if (Array.isArray(value)) {
        return value.flatMap((item, index) => undeclared(item, (items ?? {}) as Json, `${place}/${index}`));
      }
      if (typeof value !== 'object' || value === null || properties === undefined) return [];
      return Object.entries(value).flatMap(([name, inner]) => {
        const declared = (properties as Record<string, Json>)[name] ?? additionalProperties;
        return typeof declared === 'object' && declared !== null
          ? undeclared(inner, declared as Json, `${place}/${name}`)
          : [`${place}/${name}`];
      });
    }

    it('answers with no field that is not declared', async () => {
      await call('POST', '/api/v1/roles', { code: 'staff', name: 'Staff' });
      await call('POST', '/api/v1/identities', { ...person('declared'), roles: ['staff'] });
      const lists = Object.entries(document.paths).filter(
        ([path, { get }]) =>
          path.startsWith('/api/') &&
          !path.includes('{') &&
          get?.responses['200']?.content?.['application/json'] !== undefined,
      );
      expect(lists.length).toBeGreaterThan(10);
      let seen = 0;
      for (const [path, { get }] of lists) {
        const { status, body } = await call('GET', path);
        if (status === 404) continue;
        const schema = get?.responses['200']?.content?.['application/json']?.schema ?? {};
        expect([path, status, undeclared(body, schema)]).toEqual([path, 200, []]);
        seen += Array.isArray(body['items']) ? body['items'].length : 1;
      }
      expect(seen).toBeGreaterThan(10);
    });

    it.each([
      ['/api/v1/identities', person('flipped')],
      ['/api/v1/roles', { code: 'flipped', name: 'Flipped' }],
    ])('takes nothing back that is not to be changed (%s)', async (path, body) => {
      const created = await call('POST', path, body);
      const place = created.headers.get('location') ?? '';
      const own = Object.keys(created.body).filter((name) =>
        ['id', 'version', 'createdAt', 'updatedAt'].includes(name),
      );
      expect(own).toHaveLength(4);
      for (const name of own) {
        expect(await call('PATCH', place, { [name]: created.body[name] })).toMatchObject({ status: 400 });
        expect(await call('POST', path, { ...body, [name]: created.body[name] })).toMatchObject({
          status: 400,
        });
      }
      expect((await call('GET', place)).body).toEqual(created.body);
    });

    it('is carried out when a test of a system is repeated: that its secret was opened is no effect', async () => {
      const { body: system } = await call('POST', '/api/v1/systems', {
        name: 'Nobody there',
        connector: 'ldap',
        config: { url: 'ldaps://127.0.0.1:636', bindDn: 'cn=provost', baseDn: 'dc=example' },
        secrets: { password: 'never sent' },
      });
      expect(system).toMatchObject({ id: expect.any(String) });
      const tested = await api.request('POST', `/api/v1/systems/${String(system['id'])}/test`, {
        token,
        headers: { 'idempotency-key': 'tested' },
      });
      expect(tested).toMatchObject({ status: 200, body: { ok: false } });
      const db = whole.app.get(Database);
      expect(
        await db.query(`select from audit_records where action = 'secrets.opened' and object_id = $1`, [
          system['id'],
        ]),
      ).toHaveLength(1);
      expect(
        await db.query(
          'select committed_at, answer_sealed is not null as is_kept from platform_idempotency_keys',
        ),
      ).toEqual([{ committed_at: null, is_kept: true }]);
    });

    it('says where a new object is without the name that the caller called the service by', async () => {
      const body = JSON.stringify(person('hosted'));
      const { status, headers } = await sendRaw(
        whole.url,
        `POST /api/v1/identities HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: evil.example\r\n` +
          `X-Forwarded-Proto: https\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\n` +
          `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      );
      expect([status, headers.get('location')]).toEqual([
        201,
        expect.stringMatching(/^\/api\/v1\/identities\/[0-9a-f-]{36}$/),
      ]);
    });
  });
});
