// Where a system may be, how it is protected, and what becomes of its secrets when that changes.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  bootProvisioning,
  CANARY,
  expectProblem,
  type Item,
  type Problem,
  type ProvisioningApi,
  unique,
} from './provisioning.fixture.js';

type Settings = Readonly<Record<string, unknown>>;

const LDAP: Settings = {
  url: 'ldaps://ldap.example.org',
  bindDn: 'cn=provost,dc=example,dc=org',
  baseDn: 'dc=example,dc=org',
};
const SQL: Settings = {
  host: 'db.example.org',
  database: 'hr',
  user: 'provost',
  tls: true,
  table: 'people',
  keyColumn: 'login',
};
const BY_KIND: Readonly<Record<string, Settings>> = { ldap: LDAP, sql: SQL };
/** The same in clear text. */
const CLEAR: Readonly<Record<string, Settings>> = {
  ldap: { url: 'ldap://ldap.example.org' },
  sql: { tls: false },
};

describe('the address of a system', () => {
  let fixture: ProvisioningApi;

  beforeAll(async () => {
    fixture = await bootProvisioning();
  });

  afterAll(() => fixture.close());

  const aSystem = (connector: string, config: Settings = {}): object => ({
    name: unique('System'),
    connector,
    config: { ...BY_KIND[connector], ...config },
    secrets: { password: CANARY },
  });
  const refused = async (connector: string, config: Settings): Promise<Problem> =>
    expectProblem(
      await fixture.call('POST', '/api/v1/systems', aSystem(connector, config)),
      422,
      'provisioning/settings-invalid',
    );
  const stored = async ({ id }: Item): Promise<unknown> => {
    const [row] = await fixture.database.query<{ config: unknown }>(
      `select config, encode(sealed_secrets, 'hex') as secrets, version from provisioning_systems where id = $1`,
      [id],
    );
    return row;
  };

  describe.each(['ldap', 'sql'])('of the kind %s', (connector) => {
    it('is refused in clear text to another machine, with what to do', async () => {
      const problem = await refused(connector, CLEAR[connector] ?? {});

      expect(problem.errors).toEqual([
        { pointer: '/config/insecure', detail: expect.stringContaining('set insecure to "clear-text"') },
      ]);
    });

    it('is taken in clear text when somebody chose it, and everybody is warned', async () => {
      const system = await fixture.aSystem(
        aSystem(connector, { ...CLEAR[connector], insecure: 'clear-text' }),
      );
      const warnings = [{ code: 'clear-text', text: expect.stringContaining('can be read') }];

      expect((await fixture.call('GET', `/api/v1/systems/${system.id}`)).body).toMatchObject({ warnings });
      const list = await fixture.call('GET', '/api/v1/systems?limit=200');
      expect(list.body.items.find(({ id }) => id === system.id)).toMatchObject({ warnings });
    });

    it('is taken with a certificate that nobody verifies when somebody chose it, and everybody is warned', async () => {
      const system = await fixture.aSystem(aSystem(connector, { insecure: 'unverified-certificate' }));

      expect((await fixture.call('GET', `/api/v1/systems/${system.id}`)).body).toMatchObject({
        warnings: [
          { code: 'unverified-certificate', text: expect.stringContaining('whoever stands between') },
        ],
      });
    });

    it.each<[string, Settings]>([
      ['clear text over TLS', { insecure: 'clear-text' }],
      ['something else', { insecure: 'everything' }],
    ])('is refused with %s', async (_what, config) => {
      const problem = await refused(connector, config);
      expect(problem.errors?.[0]?.pointer).toBe('/config/insecure');
    });

    it('changes only together with its secrets', async () => {
      const elsewhere: Settings =
        connector === 'ldap' ? { url: 'ldaps://attacker.example.org' } : { host: 'attacker.example.org' };
      const system = await fixture.aSystem(aSystem(connector));
      const path = `/api/v1/systems/${system.id}`;
      const before = await stored(system);
      const changes: Settings[] = [
        elsewhere,
        connector === 'ldap' ? { url: 'ldaps://ldap.example.org:10636' } : { port: 15_432 },
        { ...CLEAR[connector], insecure: 'clear-text' },
        { insecure: 'unverified-certificate' },
      ];

      for (const config of changes) {
        for (const more of [{}, { secrets: {} }, { description: 'harmless' }]) {
          const problem = expectProblem(
            await fixture.call('PATCH', path, { config, ...more }),
            422,
            'provisioning/secrets-needed',
          );
          expect(problem.errors).toEqual([{ pointer: '/secrets/password', detail: 'is needed again.' }]);
        }
      }
      expect(await stored(system)).toEqual(before);

      const entered = await fixture.call('PATCH', path, {
        config: elsewhere,
        secrets: { password: `${CANARY}-new` },
      });
      expect([entered.status, entered.body.config]).toEqual([200, expect.objectContaining(elsewhere)]);
    });

    it('stays when another setting changes: no secret is asked for', async () => {
      const system = await fixture.aSystem(aSystem(connector));
      const path = `/api/v1/systems/${system.id}`;
      const same = connector === 'ldap' ? { url: 'ldaps://ldap.example.org:636' } : { port: 5432 };

      for (const config of [{ poolSize: 2 }, same]) {
        expect((await fixture.call('PATCH', path, { config })).status).toBe(200);
      }
    });
  });

  it.each<[string, string, Settings]>([
    ['the metadata service of a cloud', 'ldap', { url: 'ldaps://169.254.169.254' }],
    ['the same in IPv6', 'ldap', { url: 'ldaps://[::ffff:169.254.169.254]' }],
    ['a link-local address with a zone', 'ldap', { url: 'ldap://[fe80::1%25eth0]' }],
    ['an unusual spelling', 'ldap', { url: 'ldaps://0x7f.1' }],
    ['a number for an address', 'sql', { host: '2130706433' }],
    ['the address of no host', 'sql', { host: '0.0.0.0' }],
    ['the port of another service', 'sql', { port: 22 }],
  ])('is refused when it is %s', async (_what, connector, config) => {
    const problem = await refused(connector, config);

    expect(problem.errors?.[0]?.pointer).toMatch(/^\/config/);
  });

  it('is refused when it is Provost’s own database, by any name of this machine', async () => {
    const { port, pathname } = new URL(fixture.url);
    for (const host of ['127.0.0.1', 'localhost', '::1', '127.0.0.2']) {
      const problem = await refused('sql', {
        host,
        port: Number(port),
        database: pathname.slice(1),
        tls: false,
      });
      expect(problem.detail).toContain("This is Provost's own database");
    }
  });

  it('is taken in clear text on this machine without a warning', async () => {
    const system = await fixture.aSystem(aSystem('ldap', { url: 'ldap://localhost:1389' }));

    const { body } = await fixture.call('GET', `/api/v1/systems/${system.id}`);
    expect(body).toMatchObject({ warnings: [] });
  });
});

describe('the address of a system in production', () => {
  let fixture: ProvisioningApi;

  beforeAll(async () => {
    fixture = await bootProvisioning({ NODE_ENV: 'production', PROVOST_DIALER_ALLOW: '127.0.0.9' });
  });

  afterAll(() => fixture.close());

  const create = (config: Settings) =>
    fixture.call('POST', '/api/v1/systems', {
      name: unique('System'),
      connector: 'ldap',
      config: { ...LDAP, ...config },
      secrets: { password: CANARY },
    });

  it.each<[string, Settings, string]>([
    ['in clear text', { url: 'ldap://ldap.example.org' }, 'in clear text: use TLS'],
    [
      'in clear text that somebody chose',
      { url: 'ldap://ldap.example.org', insecure: 'clear-text' },
      'production',
    ],
    ['without a verified certificate', { insecure: 'unverified-certificate' }, 'production'],
    ['on this machine', { url: 'ldap://127.0.0.1:1389' }, 'PROVOST_DIALER_ALLOW must open in production'],
    ['on this machine by name', { url: 'ldap://localhost:1389' }, 'PROVOST_DIALER_ALLOW must open'],
  ])('is refused %s', async (_what, config, words) => {
    const problem = expectProblem(await create(config), 422, 'provisioning/settings-invalid');

    expect(problem.detail).toContain(words);
  });

  it('is taken on this machine when the administrator allowed that', async () => {
    expect((await create({ url: 'ldap://127.0.0.9:1389' })).status).toBe(201);
  });

  it('that was chosen before is not dialled: the system says why, until it is corrected', async () => {
    const { id } = (await create({})).body;
    const path = `/api/v1/systems/${id}`;
    await fixture.database.query(
      `update provisioning_systems set config = config || '{"insecure": "unverified-certificate"}' where id = $1`,
      [id],
    );

    expect((await fixture.call('GET', path)).body).toMatchObject({
      warnings: [{ code: 'refused', text: expect.stringContaining('not allowed in production') }],
    });
    const { body } = await fixture.call('POST', `${path}/test`);
    expect(body).toMatchObject({ ok: false, code: 'misconfigured' });
    expect(body.detail).toContain('not allowed in production');
    expect((await fixture.call('PATCH', path, { description: 'Not about its address' })).status).toBe(200);

    const corrected = await fixture.call('PATCH', path, {
      config: { insecure: null },
      secrets: { password: CANARY },
    });
    expect(corrected.body).toMatchObject({ warnings: [] });
  });
});
