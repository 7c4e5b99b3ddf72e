import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { assert, asyncProperty, pre, string } from 'fast-check';
import { formatRdn } from '../../../src/platform/directory/index.js';
import { Secret } from '../../../src/platform/logging/index.js';
import { ldapConnector } from '../../../src/plugins/connectors/ldap/index.js';
import { type DemoDirectory, startDemoDirectory } from '../../../src/embedded/directory/index.js';
import { freePort } from '../../../src/embedded/process/index.js';
import { type Connector, ConnectorError, type ObjectRef } from '../../../src/provisioning/index.js';
import { type ConnectorBundle, exerciseConnector } from '../../contracts/connector.contract.js';
import { connectorContext } from '../../support/connector-context.js';
import { LossyProxy } from '../../support/lossy-proxy.js';
import { skipped } from '../../support/skipped.js';
import {
  issueCertificate,
  noSlapd,
  Slapd,
  SLAPD_BASE,
  SLAPD_BIND_DN,
  SLAPD_PASSWORD,
} from '../../support/slapd.js';

interface DirectoryServer {
  readonly port: number;
  readonly bindDn: string;
  readonly baseDn: string;
  readonly password: string;
  stop(): Promise<void>;
  start(): Promise<void>;
  remove(): Promise<void>;
}

async function bundleFor(server: DirectoryServer): Promise<ConnectorBundle> {
  const proxy = await LossyProxy.start({ host: '127.0.0.1', port: server.port });
  return {
    proxy,
    password: server.password,
    open: ({ port = proxy.port, password = server.password, callTimeoutMs = 10_000, poolSize = 3 }, log) => {
      const { bindDn, baseDn } = server;
      const config = ldapConnector.config.parse({
        url: `ldap://127.0.0.1:${port}`,
        bindDn,
        baseDn,
        poolSize,
      });
      const context = connectorContext({ callTimeoutMs, log });
      return ldapConnector.open(config, { password: new Secret(password) }, context);
    },
    objectClass: 'inetOrgPerson',
    identifier: (name) => `${formatRdn([{ type: 'uid', value: name, isHex: false }])},${server.baseDn}`,
    required: { cn: ['Ada Lovelace'], sn: ['Lovelace'] },
    attributes: { text: 'displayName', texts: 'description', bytes: 'jpegPhoto' },
    hasNativeIds: true,
    stopServer: () => server.stop(),
    startServer: () => server.start(),
    freePort: () => freePort(),
    close: async () => {
      await proxy.stop();
      await server.remove();
    },
  };
}

const itNeedsSlapd = noSlapd === undefined ? undefined : skipped(noSlapd);

if (itNeedsSlapd === undefined) {
  exerciseConnector('ldap on OpenLDAP', async () => {
    const slapd = await Slapd.start();
    return bundleFor({
      port: slapd.port,
      bindDn: SLAPD_BIND_DN,
      baseDn: SLAPD_BASE,
      password: SLAPD_PASSWORD,
      stop: () => slapd.halt(),
      start: () => slapd.run(),
      remove: () => slapd.remove(),
    });
  });
} else {
  itNeedsSlapd('connector contract: ldap on OpenLDAP', async () => {});
}

exerciseConnector('ldap on the built-in server', async () => {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'provost-directory-'));
  const start = (): Promise<DemoDirectory> =>
    startDemoDirectory({ dataDirectory, prefer: 'built-in', durable: false, log: () => undefined });
  let server = await start();
  return bundleFor({
    port: Number(new URL(server.url).port),
    bindDn: server.bindDn,
    baseDn: `ou=people,${server.baseDn}`,
    password: server.password,
    stop: () => server.stop(),
    start: async () => void (server = await start()),
    remove: async () => {
      await server.stop();
      rmSync(dataDirectory, { recursive: true });
    },
  });
});

(noSlapd === undefined ? describe : describe.skip)('ldap on OpenLDAP', () => {
  const LIMITED = 'cn=limited,dc=example,dc=org';
  const NEVER = new AbortController().signal;
  const person = { cn: ['Ada'], sn: ['Lovelace'] };
  let slapd: Slapd;
  let connector: Connector;
  const opened: Connector[] = [];

  const open = (config: Record<string, unknown> = {}): Connector => {
    const settings = { url: slapd.url, bindDn: SLAPD_BIND_DN, baseDn: SLAPD_BASE, ...config };
    const one = ldapConnector.open(
      ldapConnector.config.parse(settings),
      { password: new Secret(SLAPD_PASSWORD) },
      connectorContext(),
    );
    opened.push(one);
    return one;
  };
  const dn = (uid: string, parent = SLAPD_BASE): string =>
    `${formatRdn([{ type: 'uid', value: uid, isHex: false }])},${parent}`;
  const create = (uid: string, attributes = {}): Promise<ObjectRef> =>
    connector.create('inetOrgPerson', dn(uid), { ...person, ...attributes }, NEVER);
  const failure = async (call: Promise<unknown>): Promise<ConnectorError> => {
    const outcome = await call.then(
      () => 'success',
      (error: unknown) => error,
    );
    if (!(outcome instanceof ConnectorError)) throw new Error('not a ConnectorError', { cause: outcome });
    return outcome;
  };

  beforeAll(async () => {
    slapd = await Slapd.start({ database: `limits dn.exact="${LIMITED}" size=3` });
    const admin = open({ baseDn: 'dc=example,dc=org' });
    const limited = {
      cn: ['limited'],
      userPassword: [SLAPD_PASSWORD],
      objectClass: ['organizationalRole', 'simpleSecurityObject'],
    };
    await admin.create('organizationalRole', LIMITED, limited, NEVER);
  });
  beforeEach(() => {
    connector = open();
  });
  afterEach(async () => {
    for (const one of opened.splice(0)) await one.close();
  });
  afterAll(() => slapd.remove());

  it('leaves another entry alone that took the place of the one it means', async () => {
    const gone = await create('taken');
    await connector.delete('inetOrgPerson', gone, NEVER);
    const other = await create('taken', { displayName: ['other'] });

    const errors = [
      await failure(
        connector.update('inetOrgPerson', gone, [{ attribute: 'displayName', replace: ['x'] }], NEVER),
      ),
      await failure(connector.rename('inetOrgPerson', gone, dn('elsewhere'), NEVER)),
      await failure(connector.delete('inetOrgPerson', gone, NEVER)),
    ];

    for (const error of errors) expect(error).toMatchObject({ code: 'stale', effect: 'none' });
    expect(await connector.read('inetOrgPerson', gone, [], NEVER)).toBeNull();
    expect(await connector.read('inetOrgPerson', other, ['displayName'], NEVER)).toMatchObject({
      attributes: { displayName: ['other'] },
    });
  });

  it('finds an entry that somebody moved, and says where it is instead of "gone"', async () => {
    const ref = await create('wanderer');
    const place = dn('wanderer', `ou=moved,${SLAPD_BASE}`);
    await connector.rename('inetOrgPerson', ref, place, NEVER);

    const found = await connector.read('inetOrgPerson', ref, ['uid'], NEVER);
    const error = await failure(connector.delete('inetOrgPerson', ref, NEVER));

    expect(found).toMatchObject({
      identifier: place,
      nativeId: ref.nativeId,
      attributes: { uid: ['wanderer'] },
    });
    expect(error.code).toBe('stale');
    expect(error.message).toContain(place);
  });

  it('renames letter case and spelling without losing the entry', async () => {
    const ref = await create('case');

    const upper = await connector.rename('inetOrgPerson', ref, dn('CASE'), NEVER);
    const spelled = await connector.rename('inetOrgPerson', upper, `UID=\\43ASE , ${SLAPD_BASE}`, NEVER);

    expect(connector.isSameIdentifier(ref.identifier, spelled.identifier)).toBe(true);
    expect(await connector.read('inetOrgPerson', spelled, ['uid'], NEVER)).toMatchObject({
      identifier: dn('CASE'),
      attributes: { uid: ['CASE'] },
    });
  });

  it('says which part of the tree is missing or in the way', async () => {
    const ref = await create('parent');
    await connector.create('inetOrgPerson', dn('child', ref.identifier), person, NEVER);
    const nowhere = dn('x', `ou=nowhere,${SLAPD_BASE}`);
    const sent = { attribute: 'cn', replace: ['x'] };

    expect(await failure(connector.create('inetOrgPerson', nowhere, person, NEVER))).toMatchObject({
      code: 'parent-missing',
    });
    expect(await failure(connector.rename('inetOrgPerson', ref, nowhere, NEVER))).toMatchObject({
      code: 'parent-missing',
    });
    expect(await failure(connector.delete('inetOrgPerson', ref, NEVER))).toMatchObject({ code: 'conflict' });
    expect(
      await failure(connector.create('inetOrgPerson', 'uid=x,dc=example,dc=org', person, NEVER)),
    ).toMatchObject({ code: 'invalid-attribute' });
    expect(await failure(connector.create('inetOrgPerson', 'no DN', person, NEVER))).toMatchObject({
      code: 'invalid-attribute',
    });
    expect(
      await failure(
        connector.update('inetOrgPerson', { identifier: nowhere, nativeId: null }, [sent], NEVER),
      ),
    ).toMatchObject({ code: 'not-found' });
  });

  it.each<[string, Record<string, (string | Uint8Array)[]>, string | undefined]>([
    ['a missing attribute', { sn: [] }, 'sn'],
    ['a value that the syntax forbids', { seeAlso: ['no DN'] }, 'seeAlso'],
    ['two values where one is allowed', { displayName: ['a', 'b'] }, 'displayName'],
    ['the same value twice', { mail: ['a@example.org', 'A@example.org'] }, 'mail'],
    ['an attribute of another class', { homeDirectory: ['/'] }, 'homeDirectory'],
    [
      'an attribute of the server’s own',
      { entryUUID: ['11111111-1111-4111-8111-111111111111'] },
      'entryUUID',
    ],
    ['an unknown object class', { objectClass: ['inetOrgPerson', 'noSuchClass'] }, 'objectClass'],
  ])('names the attribute: %s', async (_what, attributes, attribute) => {
    const error = await failure(create('refused', attributes));

    expect(error).toMatchObject({ code: 'invalid-attribute', attribute, effect: 'none' });
  });

  it('names the attribute whose value is not there to remove, or is the name', async () => {
    const ref = await create('values', { mail: ['a@example.org'], jpegPhoto: [Buffer.from('x')] });
    const refused = async (
      attribute: string,
      add: string[],
      remove: (string | Buffer)[],
    ): Promise<ConnectorError> =>
      failure(connector.update('inetOrgPerson', ref, [{ attribute, add, remove }], NEVER));

    expect(await refused('mail', [], ['b@example.org'])).toMatchObject({
      code: 'invalid-attribute',
      attribute: 'mail',
    });
    expect(await refused('mail', ['A@example.org'], [])).toMatchObject({
      code: 'invalid-attribute',
      attribute: 'mail',
    });
    expect(await refused('jpegPhoto', [], [Buffer.from('x')])).toMatchObject({
      code: 'invalid-attribute',
      attribute: 'jpegPhoto',
    });
    expect(await refused('uid', ['other'], ['values'])).toMatchObject({
      code: 'invalid-attribute',
      attribute: 'uid',
    });
  });

  it('carries certificates under the name that the schema gives them', async () => {
    const certificate = new X509Certificate(issueCertificate(slapd.folder, 'DNS:ada').authority).raw;
    const ref = await create('certified', { userCertificate: [certificate] });

    const found = await connector.read('inetOrgPerson', ref, ['userCertificate'], NEVER);

    expect(Buffer.from(found?.attributes['userCertificate']?.[0] ?? []).equals(certificate)).toBe(true);
  });

  it('does not take a limited search for the whole directory', async () => {
    for (const uid of ['limit-1', 'limit-2', 'limit-3', 'limit-4']) await create(uid);
    const limited = open({ bindDn: LIMITED });
    const scan = async (): Promise<void> => {
      for await (const _ of limited.search('inetOrgPerson', [], NEVER));
    };

    expect(await failure(scan())).toMatchObject({ code: 'misconfigured' });
  });

  it('says that it may not write', async () => {
    const reader = open({ bindDn: LIMITED });

    const error = await failure(reader.create('inetOrgPerson', dn('forbidden'), person, NEVER));

    expect(error).toMatchObject({ code: 'permission-denied', effect: 'none' });
  });

  it('says that the base is missing', async () => {
    const astray = open({ baseDn: 'ou=nowhere,dc=example,dc=org' });
    const ref = {
      identifier: 'uid=a,ou=nowhere,dc=example,dc=org',
      nativeId: '11111111-1111-4111-8111-111111111111',
    };

    expect(await failure(astray.test(NEVER))).toMatchObject({ code: 'misconfigured' });
    expect(await failure(astray.read('inetOrgPerson', ref, [], NEVER))).toMatchObject({
      code: 'misconfigured',
    });
  });

  it('finds exactly the entry of any name, and no other', async () => {
    const bystander = await create('bystander');
    await assert(
      asyncProperty(string({ unit: 'binary', minLength: 1, maxLength: 12 }), async (text) => {
        pre(!/\p{Cc}|\p{Cn}|\p{Co}/u.test(text) && text.trim() !== '');
        const ref = await create(`${text}-property`, { displayName: [`${text}!`] });
        const byName = await connector.read(
          'inetOrgPerson',
          { identifier: ref.identifier, nativeId: null },
          ['displayName'],
          NEVER,
        );
        await connector.delete('inetOrgPerson', ref, NEVER);
        expect(byName).toMatchObject({ nativeId: ref.nativeId, attributes: { displayName: [`${text}!`] } });
        expect(connector.isSameIdentifier(byName?.identifier ?? '', ref.identifier)).toBe(true);
      }),
      { numRuns: 60 },
    );
    expect(await connector.read('inetOrgPerson', bystander, [], NEVER)).not.toBeNull();
  }, 30_000);
});
