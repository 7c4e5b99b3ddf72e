import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { freePort } from '../../src/embedded/process/index.js';
import { toOperationId } from '../../src/queue/index.js';
import { aJpeg } from '../integration/registry/registry.fixture.js';
import type { TestRequest, TestResponse } from '../support/http-app.js';
import { skipped } from '../support/skipped.js';
import { hasSlapd, Slapd, SLAPD_BASE, SLAPD_BIND_DN, SLAPD_PASSWORD } from '../support/slapd.js';
import {
  aMapping,
  bootProvisioning,
  CANARY,
  type Problem,
  type ProvisioningApi,
  unique,
} from './provisioning.fixture.js';

const UNKNOWN_ID = '00000000-0000-4000-8000-000000000000';

interface Item {
  readonly id: string;
}

describe('provisioning over HTTP', () => {
  let fixture: ProvisioningApi;

  beforeAll(async () => {
    fixture = await bootProvisioning();
  });

  afterAll(() => fixture.close());

  /** No answer of any kind may hold a secret. */
  async function call(
    method: string,
    path: string,
    body?: unknown,
    request?: TestRequest,
    // oxlint-disable-next-line typescript/no-explicit-any -- a spec reads whatever the answer has
  ): Promise<TestResponse<any>> {
    const response = await fixture.call(method, path, body, request);
    expect(JSON.stringify(response.body ?? null)).not.toContain(CANARY);
    return response;
  }

  function expectProblem(response: TestResponse<unknown>, status: number, type: string): Problem {
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    const body = response.body as Problem;
    expect({ status: response.status, type: body.type }).toEqual({ status, type: `/problems/${type}` });
    return body;
  }

  const ifMatch = (version: number): TestRequest => ({ headers: { 'if-match': `"${version}"` } });

  async function created(path: string, body: unknown): Promise<Item> {
    const response = await call('POST', path, body);
    expect({ status: response.status, body: response.body }).toMatchObject({ status: 201 });
    return response.body as Item;
  }

  const paper = (overrides: object = {}): object => ({
    name: unique('Cabinet'),
    connector: 'paper',
    config: { room: 'open' },
    secrets: { key: CANARY },
    ...overrides,
  });

  const aSystem = (overrides?: object): Promise<Item> => created('/api/v1/systems', paper(overrides));
  const aMappingOf = (system: Item, overrides?: object): Promise<Item> =>
    created(`/api/v1/systems/${system.id}/mappings`, aMapping(overrides));
  const aRole = (): Promise<Item> => created('/api/v1/roles', { code: unique('role'), name: 'A role' });
  const anIdentity = (fields: object = {}): Promise<Item> =>
    created('/api/v1/identities', { login: unique('person'), givenName: 'Anna', surname: 'Nová', ...fields });

  async function anAccount(mapping: Item, system: Item, fields: object = {}): Promise<number> {
    const { id } = await anIdentity();
    const row = {
      system_id: system.id,
      mapping_id: mapping.id,
      entity_type: 'identity',
      entity_id: id,
      ...fields,
    };
    const columns = Object.keys(row);
    const [account] = await fixture.database.query<{ id: number }>(
      `insert into provisioning_accounts (${columns.join(', ')})
       values (${columns.map((_, at) => `$${at + 1}`).join(', ')}) returning id`,
      Object.values(row),
    );
    return account?.id ?? -1;
  }

  async function targetOf(system: Item): Promise<Record<string, unknown> | undefined> {
    const [target] = await fixture.database.query<Record<string, unknown>>(
      `select t.name, t.mode, t.concurrency, t.retry_policy from queue_targets t
       join provisioning_systems s on s.target_id = t.id where s.id = $1`,
      [system.id],
    );
    return target;
  }

  /** A lane on the system's target, in a state of its own. */
  async function aLane(system: Item, key: string, state: string): Promise<number> {
    const [lane] = await fixture.database.query<{ id: number }>(
      `insert into queue_lanes (key, target_id, shard, state, tail_seq)
       select $2, s.target_id, 0, $3, 1 from provisioning_systems s where s.id = $1 returning id`,
      [system.id, key, state],
    );
    return lane?.id ?? -1;
  }

  async function laneStates(...keys: string[]): Promise<string[]> {
    const rows = await fixture.database.query<{ state: string }>(
      'select state from queue_lanes where key = any ($1) order by key',
      [keys],
    );
    return rows.map(({ state }) => state);
  }

  async function auditOf(id: string): Promise<{ action: string; before: unknown; after: unknown }[]> {
    return fixture.database.query(
      'select action, before, after from audit_records where object_id = $1 order by id',
      [id],
    );
  }

  describe('connectors', () => {
    it('are listed with the settings and secrets they need', async () => {
      const { status, body } = await call('GET', '/api/v1/connectors');
      expect(status).toBe(200);
      expect(body.items.map(({ kind }: { kind: string }) => kind)).toEqual(['ldap', 'paper', 'sql']);
      expect(body.items[1]).toEqual({
        kind: 'paper',
        title: 'Filing cabinet',
        config: expect.objectContaining({
          type: 'object',
          required: ['room'],
          properties: {
            room: { type: 'string', minLength: 1, description: 'Where the cabinet stands.' },
            shelf: expect.objectContaining({ type: 'integer', default: 1, maximum: 9 }),
            label: expect.objectContaining({ type: 'string' }),
          },
        }),
        secrets: { key: 'The key of the cabinet.' },
      });
    });
  });

  describe('systems', () => {
    it('are created, read, changed and deleted, each with its queue target', async () => {
      const name = unique('Directory');
      const response = await call('POST', '/api/v1/systems', paper({ name, concurrency: 3 }));
      expect(response.status).toBe(201);
      expect(response.headers.get('etag')).toBe('"1"');
      expect(response.body).toEqual({
        id: expect.any(String),
        name,
        description: '',
        connector: 'paper',
        config: { room: 'open', shelf: 1 },
        secretNames: ['key'],
        isAsynchronous: false,
        concurrency: 3,
        retryPolicy: 'default',
        version: 1,
        createdAt: expect.stringMatching(/Z$/),
        updatedAt: expect.stringMatching(/Z$/),
      });
      const path = String(response.headers.get('location'));
      const system = response.body as Item;
      expect(path).toBe(`/api/v1/systems/${system.id}`);
      expect(await targetOf(system)).toEqual({
        name: `system:${name}`,
        mode: 'synchronous',
        concurrency: 3,
        retry_policy: 'default',
      });

      const changed = await call('PATCH', path, {
        name: `${name} 2`,
        description: 'Two\nlines',
        config: { shelf: 7, label: 'old' },
        isAsynchronous: true,
        concurrency: 64,
        retryPolicy: 'czechidm',
      });
      expect(changed.status).toBe(200);
      expect(changed.headers.get('etag')).toBe('"2"');
      expect(changed.body).toMatchObject({
        name: `${name} 2`,
        description: 'Two\nlines',
        config: { room: 'open', shelf: 7, label: 'old' },
        isAsynchronous: true,
        concurrency: 64,
        retryPolicy: 'czechidm',
      });
      expect(await targetOf(system)).toEqual({
        name: `system:${name} 2`,
        mode: 'asynchronous',
        concurrency: 64,
        retry_policy: 'czechidm',
      });
      const back = await call('PATCH', path, { config: { label: null, shelf: null } });
      expect(back.body.config).toEqual({ room: 'open', shelf: 1 });
      expect((await call('GET', path)).body).toEqual(back.body);

      expect((await call('DELETE', path)).status).toBe(204);
      expectProblem(await call('GET', path), 404, 'provisioning/system-not-found');
      expectProblem(await call('PATCH', path, {}), 404, 'provisioning/system-not-found');
      expectProblem(await call('DELETE', path), 404, 'provisioning/system-not-found');
      const targets = await fixture.database.query('select from queue_targets where name like $1', [
        `system:${name}%`,
      ]);
      expect(targets).toEqual([]);
      expect(await auditOf(system.id)).toEqual([
        {
          action: 'system.created',
          before: null,
          after: expect.objectContaining({ name, secrets: { key: '[secret]' } }),
        },
        {
          action: 'system.updated',
          before: expect.objectContaining({ name, concurrency: 3 }),
          after: expect.not.objectContaining({ secrets: expect.anything() }),
        },
        {
          action: 'system.updated',
          before: { config: { room: 'open', shelf: 7, label: 'old' } },
          after: { config: { room: 'open', shelf: 1 } },
        },
        { action: 'system.deleted', before: expect.objectContaining({ connector: 'paper' }), after: null },
      ]);
    });

    it('are refused with the nearest connector when there is none of the kind', async () => {
      const response = await call('POST', '/api/v1/systems', paper({ connector: 'papr' }));
      const problem = expectProblem(response, 422, 'provisioning/unknown-connector');
      expect(problem.detail).toContain('Did you mean "paper"? Installed: ldap, paper, sql.');
      expect(problem.errors?.[0]?.pointer).toBe('/connector');
    });

    it('are refused with every faulty setting, its place and what it is', async () => {
      const response = await call(
        'POST',
        '/api/v1/systems',
        paper({ config: { shelf: 12, rom: 'x', key: CANARY, 'a/b~c': 1 }, secrets: { kee: CANARY } }),
      );
      const problem = expectProblem(response, 422, 'provisioning/settings-invalid');
      expect(problem.errors).toEqual([
        { pointer: '/config/room', detail: 'is missing: Where the cabinet stands.' },
        { pointer: '/config/shelf', detail: expect.stringContaining('9') },
        { pointer: '/config/rom', detail: 'is not known; did you mean "room"?' },
        { pointer: '/config/key', detail: expect.stringContaining('is a secret') },
        { pointer: '/config/a~1b~0c', detail: 'is not known (known: room, shelf, label).' },
        { pointer: '/secrets/kee', detail: 'is not known; did you mean "key"?' },
        { pointer: '/secrets/key', detail: 'is missing: The key of the cabinet.' },
      ]);
    });

    it('are refused without an echo when the body breaks off', async () => {
      const response = await call('POST', '/api/v1/systems', `{"name":"x","secrets":{"key":"${CANARY}`);
      expectProblem(response, 400, 'http/request-failed');
    });

    it('are refused when a setting holds what no database keeps', async () => {
      for (const room of ['a\u0000b', 'a\ud800']) {
        const response = await call('POST', '/api/v1/systems', paper({ config: { room } }));
        const problem = expectProblem(response, 422, 'provisioning/settings-invalid');
        expect(problem.detail).toBe('/config/room: must be well-formed Unicode without NUL.');
      }
    });

    it.each([
      ['a NUL in the name', { name: 'a\u0000b' }],
      ['no name', { name: ' ' }],
      ['too much concurrency', { concurrency: 65 }],
      ['an unknown policy', { retryPolicy: 'never' }],
      ['an empty secret', { secrets: { key: '' } }],
      ['a secret that is no text', { secrets: { key: { text: CANARY } } }],
      ['an unknown field', { secret: CANARY }],
    ])('are refused with %s', async (_, fields) => {
      const response = await call('POST', '/api/v1/systems', paper(fields));
      expectProblem(response, 400, 'http/invalid-request');
    });

    it.each([
      ['SQL', `'; drop table provisioning_systems; --`],
      ['a filter', '*)(uid=*))(|(uid=*'],
      ['a DN', 'cn=a,dc=b+c"d\\e<f>'],
      ['a template', '${1} {{1}} %s <b>'],
      ['other scripts', 'Κατάλογος محمد 王 🦊'],
    ])('keep a name in %s as it was given', async (_, name) => {
      const system = await aSystem({ name, description: name });
      expect((await call('GET', `/api/v1/systems/${system.id}`)).body).toMatchObject({
        name,
        description: name,
      });
      expect(await targetOf(system)).toMatchObject({ name: `system:${name}` });
      const mapping = await aMappingOf(system, {
        objectClass: name,
        attributes: [{ attribute: name, expression: 'identity.login' }],
      });
      const read = await call('GET', `/api/v1/mappings/${mapping.id}`);
      expect(read.body).toMatchObject({ objectClass: name, attributes: [{ attribute: name }] });
    });

    it('have names of their own, whatever the case', async () => {
      const name = unique('Taken');
      await aSystem({ name });
      const other = await aSystem();
      const again = await call('POST', '/api/v1/systems', paper({ name: name.toUpperCase() }));
      const problem = expectProblem(again, 409, 'provisioning/system-name-taken');
      expect(problem.errors).toEqual([{ pointer: '/name', detail: 'is taken' }]);
      const renamed = await call('PATCH', `/api/v1/systems/${other.id}`, { name });
      expectProblem(renamed, 409, 'provisioning/system-name-taken');
      const targets = await fixture.database.query(
        'select from queue_targets where lower(name) = lower($1)',
        [`system:${name}`],
      );
      expect(targets).toHaveLength(1);
    });

    it('are listed page by page in the order of their names', async () => {
      const mark = unique('~Page');
      for (const letter of ['c', 'a', '🦊', 'b']) await aSystem({ name: `${mark} ${letter}` });
      const names: string[] = [];
      for (let next: string | null = ''; next !== null;) {
        const after: string = next === '' ? '' : `&after=${next}`;
        const { body } = await call('GET', `/api/v1/systems?limit=3${after}`);
        names.push(...body.items.map((item: { name: string }) => item.name));
        next = body.next;
      }
      expect(names.filter((name) => name.startsWith(mark))).toEqual(
        ['a', 'b', 'c', '🦊'].map((letter) => `${mark} ${letter}`),
      );
      expectProblem(await call('GET', '/api/v1/systems?after=x'), 400, 'http/invalid-request');
    });

    it('change only when If-Match names the version there is', async () => {
      const { id } = await aSystem();
      const path = `/api/v1/systems/${id}`;
      expect((await call('PATCH', path, { description: 'One' }, ifMatch(1))).status).toBe(200);
      expectProblem(
        await call('PATCH', path, { description: 'Two' }, ifMatch(1)),
        412,
        'http/precondition-failed',
      );
      expectProblem(await call('DELETE', path, undefined, ifMatch(1)), 412, 'http/precondition-failed');
      for (const body of [{}, { description: 'One' }, { config: { room: 'open' } }]) {
        const same = await call('PATCH', path, body, ifMatch(2));
        expect([same.status, same.headers.get('etag')]).toEqual([200, '"2"']);
      }
      expect((await call('DELETE', path, undefined, ifMatch(2))).status).toBe(204);
    });

    it('try again what failed once settings or secrets change, and only then', async () => {
      const system = await aSystem();
      const path = `/api/v1/systems/${system.id}`;
      const key = unique('account:');
      await aLane(system, key, 'parked');
      await call('PATCH', path, { description: 'Nothing that could cure it' });
      expect(await laneStates(key)).toEqual(['parked']);
      await call('PATCH', path, { config: { shelf: 2 } });
      expect(await laneStates(key)).toEqual(['gated-retry']);
      await fixture.database.query(`update queue_lanes set state = 'parked' where key = $1`, [key]);
      // Equal to the one that is stored: it must not be told from a new one.
      const entered = await call('PATCH', path, { secrets: { key: CANARY } });
      expect([entered.status, entered.body.version]).toEqual([200, 4]);
      expect(await laneStates(key)).toEqual(['gated-retry']);
      const [, , , last] = await auditOf(system.id);
      expect(last).toEqual({ action: 'system.updated', before: {}, after: { secrets: { key: '[secret]' } } });
    });

    it('switch what waits for ProvisioningQueue with their mode', async () => {
      const system = await aSystem({ isAsynchronous: true });
      const key = unique('account:');
      await aLane(system, key, 'gated-async');
      await call('PATCH', `/api/v1/systems/${system.id}`, { isAsynchronous: false });
      expect(await laneStates(key)).toEqual(['ready']);
      expect(await targetOf(system)).toMatchObject({ mode: 'synchronous' });
    });

    it('announce only those mappings that name the system, when it gets another name', async () => {
      const naming = await aSystem();
      const mapping = await aMappingOf(naming, {
        attributes: [{ attribute: 'description', expression: "'on ' + system.name" }],
      });
      const silent = await aSystem();
      await aMappingOf(silent, { attributes: [{ attribute: 'systematic', expression: "'x'" }] });
      await fixture.announced();
      for (const { id } of [naming, silent]) {
        await call('PATCH', `/api/v1/systems/${id}`, { name: unique('Renamed'), config: { shelf: 3 } });
      }
      expect(await fixture.announced()).toEqual([`mapping ${mapping.id}`]);
    });

    it('are not deleted while they have mappings, accounts or waiting operations', async () => {
      const system = await aSystem();
      const path = `/api/v1/systems/${system.id}`;
      const mapping = await aMappingOf(system);
      for (const state of ['wanted', 'released', 'gone']) await anAccount(mapping, system, { state });
      const used = expectProblem(await call('DELETE', path), 409, 'provisioning/system-in-use');
      expect(used.detail).toContain('has 2 accounts and 1 mappings');

      await fixture.database.query(`update provisioning_accounts set state = 'gone' where mapping_id = $1`, [
        mapping.id,
      ]);
      expect((await call('DELETE', `/api/v1/mappings/${mapping.id}`)).status).toBe(204);
      const [idle, busy] = [unique('account:a'), unique('account:b')];
      await aLane(system, idle, 'idle');
      await aLane(system, busy, 'gated-retry');
      const waiting = expectProblem(await call('DELETE', path), 409, 'provisioning/system-in-use');
      expect(waiting.detail).toContain('Operations of 1 accounts still wait');
      expect(await laneStates(idle, busy)).toEqual(['idle', 'gated-retry']);

      await fixture.database.query(`update queue_lanes set state = 'idle' where key = $1`, [busy]);
      expect((await call('DELETE', path)).status).toBe(204);
      expect(await laneStates(idle, busy)).toEqual([]);
    });

    it('lose a race between their deletion and a new mapping cleanly', async () => {
      for (let turn = 0; turn < 5; turn += 1) {
        const system = await aSystem();
        const path = `/api/v1/systems/${system.id}`;
        const [deleted, mapped] = await Promise.all([
          call('DELETE', path),
          call('POST', `${path}/mappings`, aMapping()),
        ]);
        expect([
          [204, 404],
          [409, 201],
        ]).toContainEqual([deleted.status, mapped.status]);
      }
    });
  });

  describe('the test of a system', () => {
    it('says what was reached, masks secrets and closes its connection', async () => {
      const { id } = await aSystem({ config: { room: 'open', shelf: 4 } });
      const before = fixture.closedConnectors();
      const { status, body } = await call('POST', `/api/v1/systems/${id}/test`);
      expect([status, body]).toEqual([
        200,
        { ok: true, detail: 'Opened shelf 4 in room open with [secret].' },
      ]);
      expect(fixture.closedConnectors()).toBe(before + 1);
      expectProblem(
        await call('POST', `/api/v1/systems/${UNKNOWN_ID}/test`),
        404,
        'provisioning/system-not-found',
      );
    });

    it('says what is wrong with the credentials, and what to do', async () => {
      const { id } = await aSystem({ config: { room: 'locked' } });
      const { status, body } = await call('POST', `/api/v1/systems/${id}/test`);
      expect([status, body]).toEqual([
        200,
        {
          ok: false,
          code: 'invalid-credentials',
          detail: expect.stringContaining('the key [secret] does not fit'),
        },
      ]);
      expect(body.detail).toContain('PATCH /api/v1/systems/{id}');
    });

    it('survives a connector that fails without saying why', async () => {
      const { id } = await aSystem({ config: { room: 'broken' } });
      const { status, body } = await call('POST', `/api/v1/systems/${id}/test`);
      expect([status, body]).toEqual([200, { ok: false, detail: expect.stringContaining('"paper" failed') }]);
      expect(fixture.log()).toContain('cannot read properties of [secret]');
    });

    it('says so when the secrets do not open with the key of this installation', async () => {
      const { id } = await aSystem();
      await fixture.database.query(
        `update provisioning_systems set sealed_secrets = set_byte(sealed_secrets, 20, 255 - get_byte(sealed_secrets, 20))
         where id = $1`,
        [id],
      );
      const path = `/api/v1/systems/${id}`;
      expect((await call('GET', path)).body.secretNames).toEqual([]);
      const { body } = await call('POST', `${path}/test`);
      expect(body).toMatchObject({
        ok: false,
        code: 'misconfigured',
        detail: expect.stringContaining('enter the secret again'),
      });
      const config = await call('PATCH', path, { config: { shelf: 2 } });
      const problem = expectProblem(config, 422, 'provisioning/settings-invalid');
      expect(problem.detail).toBe('/secrets/key: is missing: The key of the cabinet.');
      expect((await call('PATCH', path, { description: 'Not about secrets' })).status).toBe(200);
      expect((await call('PATCH', path, { secrets: { key: CANARY } })).body.secretNames).toEqual(['key']);
      expect((await call('POST', `${path}/test`)).body.ok).toBe(true);
    });

    it('answers quickly when nobody listens', async () => {
      const port = await freePort();
      const ldap = {
        connector: 'ldap',
        config: { url: `ldap://127.0.0.1:${port}`, bindDn: SLAPD_BIND_DN, baseDn: SLAPD_BASE },
        secrets: { password: CANARY },
      };
      const sql = {
        connector: 'sql',
        config: { host: '127.0.0.1', port, database: 'x', user: 'x', table: 'x', keyColumn: 'x' },
        secrets: { password: CANARY },
      };
      for (const settings of [ldap, sql]) {
        const { id } = await aSystem(settings);
        const begun = performance.now();
        const { status, body } = await call('POST', `/api/v1/systems/${id}/test`);
        expect([status, body]).toEqual([
          200,
          {
            ok: false,
            code: 'unreachable',
            detail: expect.stringContaining('Start the system, or correct its address'),
          },
        ]);
        expect(performance.now() - begun).toBeLessThan(3_000);
      }
    });

    it('reaches a table of a real database, and tells a wrong password from a right one', async () => {
      const { hostname, port, pathname, username, password } = new URL(fixture.url);
      await fixture.database.query('create table record (login text primary key, title text)');
      const { id } = await aSystem({
        connector: 'sql',
        config: {
          host: hostname,
          port: Number(port),
          database: pathname.slice(1),
          user: username,
          table: 'record',
          keyColumn: 'login',
        },
        secrets: { password: decodeURIComponent(password) },
      });
      const path = `/api/v1/systems/${id}`;
      expect((await call('POST', `${path}/test`)).body).toMatchObject({ ok: true });
      const objectClass = await call('GET', `${path}/object-classes/record`);
      expect(objectClass.body).toMatchObject({
        name: 'record',
        attributes: expect.arrayContaining([
          { name: 'title', isRequired: false, isMultivalued: false, isBinary: false },
        ]),
      });
      const unknown = await call(
        'GET',
        `${path}/object-classes/${encodeURIComponent("x'; drop table record; --")}`,
      );
      const refused = expectProblem(unknown, 422, 'provisioning/object-class-refused');
      expect(refused.detail).toContain('has the object class "record"');

      await call('PATCH', path, { secrets: { password: CANARY } });
      expect((await call('POST', `${path}/test`)).body).toMatchObject({
        ok: false,
        code: 'invalid-credentials',
      });
    });

    const withDirectory = hasSlapd ? it : skipped('there is no slapd on this machine');

    withDirectory('tells a wrong directory password from a right one', async () => {
      const slapd = await Slapd.start();
      try {
        const { id } = await aSystem({
          connector: 'ldap',
          config: { url: slapd.url, bindDn: SLAPD_BIND_DN, baseDn: SLAPD_BASE },
          secrets: { password: CANARY },
        });
        const path = `/api/v1/systems/${id}`;
        const wrong = await call('POST', `${path}/test`);
        expect([wrong.status, wrong.body]).toEqual([
          200,
          {
            ok: false,
            code: 'invalid-credentials',
            detail: expect.stringContaining("Correct the system's user or password"),
          },
        ]);
        await call('PATCH', path, { secrets: { password: SLAPD_PASSWORD } });
        expect((await call('POST', `${path}/test`)).body).toMatchObject({ ok: true });
        const objectClass = await call('GET', `${path}/object-classes/inetOrgPerson`);
        expect(objectClass.body.attributes).toContainEqual({
          name: 'jpegPhoto',
          isRequired: false,
          isMultivalued: true,
          isBinary: true,
        });
        await slapd.halt();
        const away = await call('GET', `${path}/object-classes/inetOrgPerson`);
        expectProblem(away, 502, 'provisioning/system-away');
      } finally {
        await slapd.remove();
      }
    });
  });

  describe('mappings', () => {
    it('are created, replaced and deleted, and announced each time something changes', async () => {
      const system = await aSystem();
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
      expect((await auditOf(mapping.id)).map(({ action }) => action)).toEqual([
        'mapping.created',
        'mapping.updated',
        'mapping.deleted',
      ]);
    });

    it('that do not compile are refused with each place, column and remedy', async () => {
      const system = await aSystem();
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
      const mapping = await aMappingOf(system);
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
      const system = await aSystem();
      const response = await call('POST', `/api/v1/systems/${system.id}/mappings`, aMapping(fields));
      expectProblem(response, 400, 'http/invalid-request');
    });

    it('are one for each kind of entity, and belong to a system that exists', async () => {
      const system = await aSystem();
      await aMappingOf(system);
      const path = `/api/v1/systems/${system.id}/mappings`;
      const second = expectProblem(await call('POST', path, aMapping()), 409, 'provisioning/mapping-exists');
      expect(second.detail).toContain('PUT /api/v1/mappings/{id}');
      const nowhere = `/api/v1/systems/${UNKNOWN_ID}/mappings`;
      expectProblem(await call('POST', nowhere, aMapping()), 404, 'provisioning/system-not-found');
      expectProblem(await call('GET', nowhere), 404, 'provisioning/system-not-found');
    });

    it('are not deleted while accounts come from them', async () => {
      const system = await aSystem();
      const mapping = await aMappingOf(system);
      const path = `/api/v1/mappings/${mapping.id}`;
      const role = await aRole();
      await call('PUT', `/api/v1/roles/${role.id}/mappings/${mapping.id}`);
      const account = await anAccount(mapping, system, { state: 'released' });
      await anAccount(mapping, system, { state: 'gone' });
      const used = expectProblem(await call('DELETE', path), 409, 'provisioning/mapping-in-use');
      expect(used.detail).toContain('1 accounts come from this mapping');
      await fixture.database.query(`update provisioning_accounts set state = 'gone' where id = $1`, [
        account,
      ]);
      expect((await call('DELETE', path)).status).toBe(204);
      expect((await call('GET', `/api/v1/roles/${role.id}/mappings`)).body.items).toEqual([]);
      expect((await auditOf(mapping.id)).at(-1)).toMatchObject({ before: { roles: [role.id] } });
    });

    it('show what they make of an identity, bytes by their digest, without sending anything', async () => {
      const system = await aSystem();
      const code = unique('photo').replace('-', '_');
      const attributes = [
        { attribute: 'title', expression: "identity.givenName + ' ' + identity.surname" },
        { attribute: 'active', expression: "identity.state == 'active'", strategy: 'create' },
        { attribute: 'room', expression: 'identity.phone' },
        { attribute: 'photo', expression: `form.${code}` },
        { attribute: 'roles', expression: 'roles', isMultivalued: true },
      ];
      const mapping = await aMappingOf(system, {
        identifierExpression: "identity.login + '@' + system.name",
        attributes,
      });
      const path = `/api/v1/mappings/${mapping.id}/preview`;
      const role = await aRole();
      const { body: roleBody } = await call('GET', `/api/v1/roles/${role.id}`);
      const identity = await anIdentity({ roles: [roleBody.code] });
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
      const system = await aSystem();
      const mapping = await aMappingOf(system);
      const role = await aRole();
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
      expect((await auditOf(role.id)).slice(1)).toEqual([
        { action: 'role.mapping-added', before: null, after: shown },
        { action: 'role.mapping-removed', before: shown, after: null },
      ]);
    });

    it('say which of role and mapping is missing', async () => {
      const role = await aRole();
      const mapping = await aMappingOf(await aSystem());
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
      const role = await aRole();
      const mapping = await aMappingOf(await aSystem());
      await fixture.announced();
      const path = `/api/v1/roles/${role.id}/mappings/${mapping.id}`;
      const answers = await Promise.all(Array.from({ length: 8 }, () => call('PUT', path)));
      expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 204));
      expect(await fixture.announced()).toEqual([`role ${role.id}`]);
    });

    it('are listed page by page', async () => {
      const role = await aRole();
      const ids: string[] = [];
      for (let count = 0; count < 3; count += 1) {
        const mapping = await aMappingOf(await aSystem());
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
      const system = await aSystem();
      const mapping = await aMappingOf(system);
      const ids = [
        await anAccount(mapping, system),
        await anAccount(mapping, system, { state: 'released', identifier: 'uid=b' }),
        await anAccount(mapping, system, { state: 'gone' }),
      ];
      const other = await aSystem();
      await anAccount(await aMappingOf(other), other);
      const list = async (query: string): Promise<number[]> => {
        const { status, body } = await call('GET', `/api/v1/accounts?${query}`);
        expect(status).toBe(200);
        return body.items.map(({ id }: { id: number }) => id);
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
      const system = await aSystem();
      const mapping = await aMappingOf(system);
      const id = await anAccount(mapping, system, {
        identifier: 'uid=anna,ou=people',
        native_id: unique('uuid'),
        confirmed_at: '2026-03-01T08:00:00Z',
      });
      const lane = await aLane(system, `account:${id}`, 'gated-retry');
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
      const waiting = await call('GET', `/api/v1/operations/${lastOperations[0].id}`);
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

  it('never shows a secret: not in a list, a record, a log line or a row', async () => {
    for (const path of ['systems?limit=200', 'connectors', 'accounts', 'operations', 'queue']) {
      expect((await call('GET', `/api/v1/${path}`)).status).toBe(200);
    }
    const tables = await fixture.database.query<{ name: string }>(
      `select tablename as name from pg_tables where schemaname = 'public'`,
    );
    const tablesWith = async (text: string): Promise<string[]> => {
      const found = await Promise.all(
        tables.map(async ({ name }) => {
          const rows = await fixture.database.query(
            `select from ${name} t where strpos(t::text, $1) > 0 or strpos(t::text, $2) > 0 limit 1`,
            [text, Buffer.from(text).toString('hex')],
          );
          return rows.length === 0 ? [] : [name];
        }),
      );
      return found.flat();
    };
    // The scan finds what is there, and this test runs last.
    expect(await tablesWith('[secret]')).toEqual(['audit_records']);
    expect(await tablesWith(CANARY)).toEqual([]);
    expect(fixture.log()).toContain('[secret]');
    expect(fixture.log()).not.toContain(CANARY);
  });
});
