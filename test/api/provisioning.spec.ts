import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { freePort } from '../../src/embedded/process/index.js';
import { createEmptyDatabase, type TestDatabase } from '../support/postgres.js';
import { skipped } from '../support/skipped.js';
import { hasSlapd, Slapd, SLAPD_BASE, SLAPD_BIND_DN, SLAPD_PASSWORD } from '../support/slapd.js';
import {
  aCabinet,
  aMapping,
  bootProvisioning,
  CANARY,
  expectProblem,
  ifMatch,
  type Item,
  type ProvisioningApi,
  unique,
  UNKNOWN_ID,
} from './provisioning.fixture.js';

describe('systems over HTTP', () => {
  let fixture: ProvisioningApi;
  /** Databases that systems write to. */
  const databases: TestDatabase[] = [];

  beforeAll(async () => {
    fixture = await bootProvisioning();
  });

  afterAll(async () => {
    await fixture.close();
    for (const database of databases) await database.drop();
  });

  const call: ProvisioningApi['call'] = (...request) => fixture.call(...request);

  async function targetOf(system: Item): Promise<Record<string, unknown> | undefined> {
    const [target] = await fixture.database.query<Record<string, unknown>>(
      `select t.name, t.mode, t.concurrency, t.retry_policy from queue_targets t
       join provisioning_systems s on s.target_id = t.id where s.id = $1`,
      [system.id],
    );
    return target;
  }

  async function laneStates(...keys: string[]): Promise<string[]> {
    const rows = await fixture.database.query<{ state: string }>(
      'select state from queue_lanes where key = any ($1) order by key',
      [keys],
    );
    return rows.map(({ state }) => state);
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
      const response = await call('POST', '/api/v1/systems', aCabinet({ name, concurrency: 3 }));
      expect(response.status).toBe(201);
      expect(response.headers.get('etag')).toBe('"1"');
      expect(response.body).toEqual({
        id: expect.any(String),
        name,
        description: '',
        connector: 'paper',
        config: { room: 'open', shelf: 1 },
        secretNames: ['key'],
        warnings: [],
        isAsynchronous: false,
        concurrency: 3,
        ratePerSecond: null,
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
      expect(await fixture.auditOf(system.id)).toEqual([
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
      const response = await call('POST', '/api/v1/systems', aCabinet({ connector: 'papr' }));
      const problem = expectProblem(response, 422, 'provisioning/unknown-connector');
      expect(problem.detail).toContain('Did you mean "paper"? Installed: ldap, paper, sql.');
      expect(problem.errors?.[0]?.pointer).toBe('/connector');
    });

    it('are refused with every faulty setting, its place and what it is', async () => {
      const response = await call(
        'POST',
        '/api/v1/systems',
        aCabinet({ config: { shelf: 12, rom: 'x', key: CANARY, 'a/b~c': 1 }, secrets: { kee: CANARY } }),
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
        const response = await call('POST', '/api/v1/systems', aCabinet({ config: { room } }));
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
      const response = await call('POST', '/api/v1/systems', aCabinet(fields));
      expectProblem(response, 400, 'http/invalid-request');
    });

    it.each([
      ['SQL', `'; drop table provisioning_systems; --`],
      ['a filter', '*)(uid=*))(|(uid=*'],
      ['a DN', 'cn=a,dc=b+c"d\\e<f>'],
      ['a template', '${1} {{1}} %s <b>'],
      ['other scripts', 'Κατάλογος محمد 王 🦊'],
    ])('keep a name in %s as it was given', async (_, name) => {
      const system = await fixture.aSystem({ name, description: name });
      expect((await call('GET', `/api/v1/systems/${system.id}`)).body).toMatchObject({
        name,
        description: name,
      });
      expect(await targetOf(system)).toMatchObject({ name: `system:${name}` });
      const mapping = await fixture.aMappingOf(system, {
        objectClass: name,
        attributes: [{ attribute: name, expression: 'identity.login' }],
      });
      const read = await call('GET', `/api/v1/mappings/${mapping.id}`);
      expect(read.body).toMatchObject({ objectClass: name, attributes: [{ attribute: name }] });
    });

    it('have names of their own, whatever the case', async () => {
      const name = unique('Taken');
      await fixture.aSystem({ name });
      const other = await fixture.aSystem();
      const again = await call('POST', '/api/v1/systems', aCabinet({ name: name.toUpperCase() }));
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
      for (const letter of ['c', 'a', '🦊', 'b']) await fixture.aSystem({ name: `${mark} ${letter}` });
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
      const { id } = await fixture.aSystem();
      const path = `/api/v1/systems/${id}`;
      expect((await call('PATCH', path, { description: 'One' }, ifMatch(1))).status).toBe(200);
      expectProblem(
        await call('PATCH', path, { description: 'Two' }, ifMatch(1)),
        412,
        'http/precondition-failed',
      );
      expectProblem(await call('DELETE', path, undefined, ifMatch(1)), 412, 'http/precondition-failed');
      for (const body of [{}, { description: 'One' }, { config: { room: 'open' } }, { secrets: {} }]) {
        const same = await call('PATCH', path, body, ifMatch(2));
        expect([same.status, same.headers.get('etag')]).toEqual([200, '"2"']);
      }
      expect((await call('DELETE', path, undefined, ifMatch(2))).status).toBe(204);
    });

    it('try again what failed once settings or secrets change, and only then', async () => {
      const system = await fixture.aSystem();
      const path = `/api/v1/systems/${system.id}`;
      const key = unique('account:');
      await fixture.aLane(system, key, 'parked');
      await call('PATCH', path, { description: 'Nothing that could cure it' });
      expect(await laneStates(key)).toEqual(['parked']);
      await call('PATCH', path, { config: { shelf: 2 } });
      expect(await laneStates(key)).toEqual(['gated-retry']);
      await fixture.database.query(`update queue_lanes set state = 'parked' where key = $1`, [key]);
      // Equal to the one that is stored: it must not be told from a new one.
      const entered = await call('PATCH', path, { secrets: { key: CANARY } });
      expect([entered.status, entered.body.version]).toEqual([200, 4]);
      expect(await laneStates(key)).toEqual(['gated-retry']);
      const [, , , last] = await fixture.auditOf(system.id);
      expect(last).toEqual({ action: 'system.updated', before: {}, after: { secrets: { key: '[secret]' } } });
    });

    it('switch what waits for ProvisioningQueue with their mode', async () => {
      const system = await fixture.aSystem({ isAsynchronous: true });
      const key = unique('account:');
      await fixture.aLane(system, key, 'gated-async');
      await call('PATCH', `/api/v1/systems/${system.id}`, { isAsynchronous: false });
      expect(await laneStates(key)).toEqual(['ready']);
      expect(await targetOf(system)).toMatchObject({ mode: 'synchronous' });
    });

    it('announce only those mappings that name the system, when it gets another name', async () => {
      const naming = await fixture.aSystem();
      const mapping = await fixture.aMappingOf(naming, {
        attributes: [{ attribute: 'description', expression: "'on ' + system.name" }],
      });
      const silent = await fixture.aSystem();
      await fixture.aMappingOf(silent, { attributes: [{ attribute: 'systematic', expression: "'x'" }] });
      await fixture.announced();
      for (const { id } of [naming, silent]) {
        await call('PATCH', `/api/v1/systems/${id}`, { name: unique('Renamed'), config: { shelf: 3 } });
      }
      expect(await fixture.announced()).toEqual([`mapping ${mapping.id}`]);
    });

    it('are not deleted while they have mappings, accounts or waiting operations', async () => {
      const system = await fixture.aSystem();
      const path = `/api/v1/systems/${system.id}`;
      const mapping = await fixture.aMappingOf(system);
      for (const state of ['wanted', 'released', 'gone']) await fixture.anAccount(mapping, system, { state });
      const used = expectProblem(await call('DELETE', path), 409, 'provisioning/system-in-use');
      expect(used.detail).toContain('has 2 accounts and 1 mappings');

      await fixture.database.query(`update provisioning_accounts set state = 'gone' where mapping_id = $1`, [
        mapping.id,
      ]);
      expect((await call('DELETE', `/api/v1/mappings/${mapping.id}`)).status).toBe(204);
      const [idle, busy] = [unique('account:a'), unique('account:b')];
      await fixture.aLane(system, idle, 'idle');
      await fixture.aLane(system, busy, 'gated-retry');
      const waiting = expectProblem(await call('DELETE', path), 409, 'provisioning/system-in-use');
      expect(waiting.detail).toContain('Operations of 1 accounts still wait');
      expect(await laneStates(idle, busy)).toEqual(['idle', 'gated-retry']);

      await fixture.database.query(`update queue_lanes set state = 'idle' where key = $1`, [busy]);
      expect((await call('DELETE', path)).status).toBe(204);
      expect(await laneStates(idle, busy)).toEqual([]);
    });

    it('lose a race between their deletion and a new mapping cleanly', async () => {
      for (let turn = 0; turn < 5; turn += 1) {
        const system = await fixture.aSystem();
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
      const { id } = await fixture.aSystem({ config: { room: 'open', shelf: 4 } });
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
      const { id } = await fixture.aSystem({ config: { room: 'locked' } });
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
      const { id } = await fixture.aSystem({ config: { room: 'broken' } });
      const { status, body } = await call('POST', `/api/v1/systems/${id}/test`);
      expect([status, body]).toEqual([200, { ok: false, detail: expect.stringContaining('"paper" failed') }]);
      expect(fixture.log()).toContain('cannot read properties of [secret]');
    });

    it('says so when the secrets do not open with the key of this installation', async () => {
      const { id } = await fixture.aSystem();
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
        const { id } = await fixture.aSystem(settings);
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
      const target = await createEmptyDatabase();
      databases.push(target);
      const { hostname, port, pathname, username, password } = new URL(target.url);
      const admin = new Client({ connectionString: target.url });
      await admin.connect();
      await admin.query('create table record (login text primary key, title text)');
      await admin.end();
      const { id } = await fixture.aSystem({
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
        const { id } = await fixture.aSystem({
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
