// The LDAP connector and servers that lie, loop, strip encryption or speak nonsense.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Clock } from '../../../src/platform/clock/index.js';
import type { Dialer } from '../../../src/platform/dialer/index.js';
import { DirectoryPool, OID } from '../../../src/platform/directory/index.js';
import { Secret } from '../../../src/platform/logging/index.js';
import { ldapConnector } from '../../../src/plugins/connectors/ldap/index.js';
import { type Connector, ConnectorError } from '../../../src/provisioning/index.js';
import { connectorContext, localDialer, testDialer } from '../../support/connector-context.js';
import {
  entry,
  loggedIn,
  pageCookie,
  reference,
  REQUEST,
  result,
  type Script,
  ScriptedDirectory,
} from '../../support/scripted-directory.js';
import {
  issueCertificate,
  noSlapd,
  Slapd,
  SLAPD_BASE,
  SLAPD_BIND_DN,
  SLAPD_PASSWORD,
} from '../../support/slapd.js';
import { type ServerCertificate, startTlsServer, type TlsServerOptions } from '../../support/tls-server.js';

type Way = 'ldaps' | 'StartTLS';

const NEVER = new AbortController().signal;
const BASE = 'ou=people,dc=example,dc=org';
const PASSWORD = 'the-Password-9d1f';
const UUID = '0b4d6ea6-1c7e-4f6e-8f6c-3a3e4b7d9d10';
const REF = { identifier: `uid=ada,${BASE}`, nativeId: UUID };
const SEARCH_DONE = 0x65;
const DEADLINE_MS = 2_000;

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

function open(config: Record<string, unknown>, password = PASSWORD): Connector {
  return openWith(testDialer, config, password);
}

function openWith(dialer: Dialer, config: Record<string, unknown>, password = PASSWORD): Connector {
  const parsed = ldapConnector.config.parse({
    bindDn: 'cn=provost,dc=example,dc=org',
    baseDn: BASE,
    ...config,
  });
  const connector = ldapConnector.open(
    parsed,
    { password: new Secret(password) },
    connectorContext({ connectTimeoutMs: 1_000, callTimeoutMs: DEADLINE_MS }, dialer),
  );
  closing.unshift(() => connector.close());
  return connector;
}

async function against(script: Script, config: Record<string, unknown> = {}) {
  const server = await ScriptedDirectory.start(script);
  closing.push(() => server.stop());
  return { server, connector: open({ url: server.url, ...config }) };
}

async function failure(call: Promise<unknown>): Promise<ConnectorError> {
  const outcome = await call.then(
    () => 'success',
    (error: unknown) => error,
  );
  if (!(outcome instanceof ConnectorError)) throw new Error('not a ConnectorError', { cause: outcome });
  return outcome;
}

async function scan(connector: Connector): Promise<string[]> {
  const found: string[] = [];
  for await (const object of connector.search('person', [], NEVER)) found.push(object.identifier);
  return found;
}

describe('a server that takes any password', () => {
  it('is not believed when it treats the connection as anonymous', async () => {
    const { connector, server } = await against(loggedIn(() => [], ''));

    const error = await failure(connector.read('person', REF, [], NEVER));

    expect(error).toMatchObject({ code: 'invalid-credentials', effect: 'none' });
    expect(server.requests.some(({ tag }) => tag === REQUEST.search)).toBe(false);
  });

  it.each(['', '   '])('never gets an empty one: "%s"', async (password) => {
    const server = await ScriptedDirectory.start(loggedIn(() => []));
    closing.push(() => server.stop());

    const error = await failure(open({ url: server.url }, password).test(NEVER));

    expect(error.code).toBe('invalid-credentials');
    expect(server.connections).toBe(0);
  });

  it('may not know who we are, when it has no such operation', async () => {
    const { connector } = await against(({ id, tag }) => {
      if (tag === REQUEST.bind) return [result(id, 0x61)];
      if (tag === REQUEST.extended) return [result(id, 0x78, { code: 2 })];
      return [entry(id, BASE, { entryUUID: [UUID] }), result(id, SEARCH_DONE)];
    });

    await expect(connector.test(NEVER)).resolves.toContain('dn:cn=provost');
  });
});

describe('a server that refuses the password', () => {
  it('is asked once, however many calls there are', async () => {
    const { connector, server } = await against(({ id, tag }) =>
      tag === REQUEST.bind
        ? [result(id, 0x61, { code: 49, diagnostic: `no ${PASSWORD} for you` })]
        : [result(id, 0x78)],
    );

    const errors: ConnectorError[] = [];
    for (let call = 0; call < 5; call += 1)
      errors.push(await failure(connector.read('person', REF, [], NEVER)));

    expect(errors.map((error) => error.code)).toEqual(Array(5).fill('invalid-credentials'));
    expect(errors[0]?.message).toBe('invalidCredentials (49): no [secret] for you');
    expect(server.requests.filter(({ tag }) => tag === REQUEST.bind)).toHaveLength(1);
  });

  it('is asked again after half a minute', async () => {
    let nowMs = 0;
    const clock = new (class extends Clock {
      now = (): Date => new Date(nowMs);
      monotonicMs = (): number => nowMs;
    })();
    const { server } = await against(({ id }) => [result(id, 0x61, { code: 49 })]);
    const { dial } = connectorContext();
    const limits = {
      poolSize: 1,
      connectTimeoutMs: 1_000,
      callTimeoutMs: DEADLINE_MS,
      startTls: false,
      dial,
    };
    const login = { url: server.url, bindDn: 'cn=provost', password: new Secret(PASSWORD) };
    const pool = new DirectoryPool({ ...limits, ...login }, clock);
    const asked = async (): Promise<number> => {
      await pool.use(NEVER, () => Promise.resolve()).catch(() => undefined);
      return server.connections;
    };

    expect([await asked(), await asked()]).toEqual([1, 1]);
    nowMs = 29_999;
    expect(await asked()).toBe(1);
    nowMs = 30_000;
    expect([await asked(), await asked()]).toEqual([2, 2]);
    pool.close();
  });

  it('is asked again by a test, whose success opens the way', async () => {
    let isRefused = true;
    const { connector } = await against((request) => {
      if (request.tag === REQUEST.bind && isRefused) return [result(request.id, 0x61, { code: 49 })];
      return loggedIn(({ id }) => [entry(id, BASE, { entryUUID: [UUID] }), result(id, SEARCH_DONE)])(request);
    });
    await failure(connector.read('person', REF, [], NEVER));
    isRefused = false;

    await expect(connector.test(NEVER)).resolves.toContain('Bound as');
    await expect(connector.read('person', REF, [], NEVER)).resolves.toMatchObject({ nativeId: UUID });
  });
});

describe('an absent object', () => {
  const answering = (uuidSearch: Script, baseRead: Script): Script =>
    loggedIn((request) => {
      const isByUuid = request.content.includes(UUID);
      return (isByUuid ? uuidSearch : baseRead)(request);
    });
  const nothing: Script = ({ id }) => [result(id, SEARCH_DONE)];
  const noSuchObject: Script = ({ id }) => [result(id, SEARCH_DONE, { code: 32 })];

  it('is one that neither its id nor its DN finds', async () => {
    const { connector } = await against(answering(nothing, noSuchObject));

    await expect(connector.read('person', REF, [], NEVER)).resolves.toBeNull();
  });

  it('is one at whose DN another object is', async () => {
    const other = '11111111-1111-4111-8111-111111111111';
    const { connector } = await against(
      answering(nothing, ({ id }) => [
        entry(id, REF.identifier, { entryUUID: [other] }),
        result(id, SEARCH_DONE),
      ]),
    );

    await expect(connector.read('person', REF, [], NEVER)).resolves.toBeNull();
  });

  it.each<[string, Script, Script, string]>([
    ['the base is not there', noSuchObject, noSuchObject, 'misconfigured'],
    [
      'entryUUID is hidden',
      nothing,
      ({ id }) => [entry(id, REF.identifier, {}), result(id, SEARCH_DONE)],
      'permission-denied',
    ],
    ['the entry is hidden', nothing, nothing, 'permission-denied'],
    [
      'it may be elsewhere',
      ({ id }) => [reference(id, 'ldap://b/'), result(id, SEARCH_DONE)],
      noSuchObject,
      'misconfigured',
    ],
    [
      'the answer is a referral',
      ({ id }) => [result(id, SEARCH_DONE, { code: 10 })],
      noSuchObject,
      'misconfigured',
    ],
    ['the server is busy', ({ id }) => [result(id, SEARCH_DONE, { code: 51 })], noSuchObject, 'busy'],
    ['a limit was hit', ({ id }) => [result(id, SEARCH_DONE, { code: 4 })], noSuchObject, 'misconfigured'],
  ])('is not assumed when %s', async (_why, uuidSearch, baseRead, code) => {
    const { connector } = await against(answering(uuidSearch, baseRead));

    expect(await failure(connector.read('person', REF, [], NEVER))).toMatchObject({ code, effect: 'none' });
  });

  it('is not assumed for an id that no directory gives', async () => {
    const { connector } = await against(answering(nothing, noSuchObject));

    const error = await failure(connector.read('person', { ...REF, nativeId: '42' }, [], NEVER));

    expect(error.code).toBe('misconfigured');
  });
});

describe('a server without the assertion control', () => {
  const holding = (uuid: string): Script =>
    loggedIn(({ id, tag }) => {
      if (tag === REQUEST.search)
        return [entry(id, REF.identifier, { entryUUID: [uuid] }), result(id, SEARCH_DONE)];
      return [result(id, tag === REQUEST.delete ? 0x6b : 0x67)];
    });

  it('is looked at first, so that another object at the DN is not touched', async () => {
    const { connector, server } = await against(holding('11111111-1111-4111-8111-111111111111'));

    const errors = [
      await failure(connector.update('person', REF, [{ attribute: 'sn', replace: ['x'] }], NEVER)),
      await failure(connector.delete('person', REF, NEVER)),
    ];

    for (const error of errors) expect(error).toMatchObject({ code: 'stale', effect: 'none' });
    expect(server.requests.map(({ tag }) => tag)).not.toContain(REQUEST.modify);
    expect(server.requests.map(({ tag }) => tag)).not.toContain(REQUEST.delete);
  });

  it('changes the object when it is the right one', async () => {
    const { connector } = await against(holding(UUID.toUpperCase()));

    await expect(connector.delete('person', REF, NEVER)).resolves.toBeUndefined();
  });
});

describe('a search', () => {
  /** The schema is asked for first: two searches. */
  const pages = (page: (id: number, index: number) => readonly Buffer[]): Script =>
    loggedIn(({ id, count }) => (count < 1 ? [result(id, SEARCH_DONE)] : page(id, count - 1)));
  const done = (id: number, cookie?: string): Buffer =>
    result(
      id,
      SEARCH_DONE,
      cookie === undefined ? {} : { controls: { [OID.pagedResults]: pageCookie(cookie) } },
    );
  const person = (id: number, index: number): Buffer =>
    entry(id, `uid=p${index},${BASE}`, { entryUUID: [UUID] });

  it('goes on after an empty page', async () => {
    const { connector } = await against(
      pages((id, index) => {
        if (index === 1) return [done(id, 'second')];
        return [person(id, index), done(id, index === 2 ? '' : 'first')];
      }),
    );

    await expect(scan(connector)).resolves.toEqual([`uid=p0,${BASE}`, `uid=p2,${BASE}`]);
  });

  it('takes pages that all have the same cookie', async () => {
    const { connector } = await against(
      pages((id, index) => [person(id, index), done(id, index < 3 ? '0' : '')]),
    );

    await expect(scan(connector)).resolves.toHaveLength(4);
  });

  it.each<[string, (id: number, index: number) => readonly Buffer[], string]>([
    [
      'the pages go in a circle',
      (id, index) => [person(id, index % 2), done(id, `${index % 2}`)],
      'misconfigured',
    ],
    ['empty pages never end', (id) => [done(id, 'again')], 'misconfigured'],
    [
      'a page does not say whether it is the last',
      (id, index) => [person(id, index), done(id, index === 0 ? 'c' : undefined)],
      'misconfigured',
    ],
    [
      'a part is on another server',
      (id) => [reference(id, 'ldap://elsewhere/'), done(id, '')],
      'misconfigured',
    ],
    [
      'the server cuts it off',
      (id) => [person(id, 0), result(id, SEARCH_DONE, { code: 4 })],
      'misconfigured',
    ],
    [
      'the server gives up in the middle',
      (id, index) => (index === 0 ? [person(id, 0), done(id, 'c')] : [result(id, SEARCH_DONE, { code: 52 })]),
      'unreachable',
    ],
  ])('throws when %s', async (_why, page, code) => {
    const { connector } = await against(pages(page));

    expect(await failure(scan(connector))).toMatchObject({ code, effect: 'none' });
  });
});

describe('nonsense', () => {
  const endless = Buffer.from('30840fffffff', 'hex');

  it.each<[string, (id: number) => Buffer, string]>([
    ['text', () => Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'), 'misconfigured'],
    ['an announced quarter of a gigabyte', () => endless, 'misconfigured'],
    ['an answer to another request', (id) => result(id + 7, SEARCH_DONE), 'misconfigured'],
    ['an answer of another kind', (id) => result(id, 0x69), 'misconfigured'],
    [
      'an entry with a length that lies',
      (id) => withLyingLength(entry(id, BASE, { cn: ['a'] })),
      'misconfigured',
    ],
    ['a goodbye', () => result(0, 0x78, { diagnostic: 'shutting down', code: 52 }), 'unreachable'],
    ['a vendor code', (id) => result(id, SEARCH_DONE, { code: 4711 }), 'conflict'],
  ])('is refused in time: %s', async (_what, answer, code) => {
    const { connector } = await against(loggedIn(({ id }) => [answer(id)]));

    const error = await failure(connector.read('person', REF, [], NEVER));

    expect(error).toMatchObject({ code, effect: 'none' });
  });

  it('leaves the effect of a change unknown', async () => {
    const { connector } = await against(
      loggedIn(({ id, tag }) =>
        tag === REQUEST.search ? [result(id, SEARCH_DONE)] : [Buffer.from('what?')],
      ),
    );

    const error = await failure(connector.create('person', `uid=ada,${BASE}`, {}, NEVER));

    expect(error.effect).toBe('unknown');
  });

  it('costs a created object no more than its id', async () => {
    const { connector } = await against(
      loggedIn(({ id, tag, count }) => {
        if (tag === REQUEST.add) {
          return [result(id, 0x69, { controls: { [OID.postRead]: Buffer.from('nonsense') } })];
        }
        return [
          entry(id, '', { supportedControl: [OID.postRead] }),
          result(id, SEARCH_DONE, { code: count }),
        ];
      }),
    );

    await expect(connector.create('person', `uid=ada,${BASE}`, {}, NEVER)).resolves.toEqual({
      identifier: `uid=ada,${BASE}`,
      nativeId: null,
    });
  });

  it('without any answer ends at the deadline', async () => {
    const { connector } = await against(() => undefined);

    const error = await failure(connector.test(NEVER));

    expect(error).toMatchObject({ code: 'unreachable', effect: 'none' });
    expect(error.message).toContain('there was no answer within 1000 ms');
  });
});

describe('a referral to another server', () => {
  /** Each kind of request is answered with "ask there". */
  const referring = (tag: number, answerTag: number, url: string): Script => {
    const elsewhere: Script = ({ id }) => [result(id, answerTag, { code: 10, referral: url })];
    const usual = loggedIn(({ id, tag: asked }) =>
      asked === REQUEST.search
        ? [entry(id, REF.identifier, { entryUUID: [UUID] }), result(id, SEARCH_DONE)]
        : [result(id, 0x67)],
    );
    return (request) => (request.tag === tag ? elsewhere : usual)(request);
  };

  it.each<[string, number, number, (connector: Connector) => Promise<unknown>]>([
    ['the login', REQUEST.bind, 0x61, (connector) => connector.test(NEVER)],
    ['a search', REQUEST.search, SEARCH_DONE, (connector) => connector.read('person', REF, [], NEVER)],
    [
      'a change',
      REQUEST.modify,
      0x67,
      (connector) => connector.update('person', REF, [{ attribute: 'sn', replace: ['x'] }], NEVER),
    ],
  ])(
    'in the answer to %s is not followed: the other server hears nothing',
    async (_what, tag, answerTag, call) => {
      const other = await ScriptedDirectory.start(loggedIn(() => []));
      closing.push(() => other.stop());
      const { connector } = await against(referring(tag, answerTag, `${other.url}/${BASE}`));

      const error = await failure(call(connector));

      expect(error).toMatchObject({ code: 'misconfigured', effect: 'none' });
      expect([other.connections, other.received]).toEqual([0, []]);
    },
  );
});

describe('encryption', () => {
  let folder: string;
  let trusted: ReturnType<typeof issueCertificate>;
  let otherHost: ReturnType<typeof issueCertificate>;
  let otherAuthority: ReturnType<typeof issueCertificate>;
  let expired: ReturnType<typeof issueCertificate>;
  let selfSigned: ServerCertificate;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'provost-tls-'));
    trusted = issueCertificate(join(folder, 'trusted'), 'IP:127.0.0.1,DNS:localhost');
    otherHost = issueCertificate(join(folder, 'other-host'), 'DNS:ldap.example.org');
    expired = issueCertificate(join(folder, 'expired'), 'IP:127.0.0.1', -1);
    otherAuthority = issueCertificate(join(folder, 'other-authority'), 'IP:127.0.0.1');
    const ofAuthority = (file: string): string => join(folder, 'trusted', file);
    selfSigned = { certificateFile: ofAuthority('ca.pem'), keyFile: ofAuthority('ca.key') };
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** The server, and the settings that lead to it. */
  async function tlsServer(
    certificate: ServerCertificate,
    way: Way = 'ldaps',
    tls: TlsServerOptions['tls'] = {},
  ) {
    const greeting = way === 'ldaps' ? {} : { greeting: result(1, 0x78) };
    const server = await startTlsServer(certificate, { ...greeting, tls });
    closing.push(() => server.close());
    const scheme = way === 'ldaps' ? 'ldaps' : 'ldap';
    const settings = (host = '127.0.0.1'): Record<string, unknown> => ({
      url: `${scheme}://${host}:${server.port}`,
      startTls: way === 'StartTLS',
    });
    return { ...server, settings };
  }

  describe.each<Way>(['ldaps', 'StartTLS'])('by %s', (way) => {
    it.each([
      ['of an unknown authority', () => otherAuthority, () => trusted.authority],
      ['for another host', () => otherHost, () => otherHost.authority],
      ['that has expired', () => expired, () => expired.authority],
      ['of a private authority that was not entered', () => trusted, () => undefined],
      ['that signed itself', () => selfSigned, () => undefined],
    ])('with a certificate %s ends before the login is sent', async (_what, certificate, authority) => {
      const { heard, settings, count } = await tlsServer(certificate(), way);
      const caCertificate = authority();

      const error = await failure(
        open({ ...settings(), ...(caCertificate === undefined ? {} : { caCertificate }) }).test(NEVER),
      );

      expect(error).toMatchObject({ code: 'misconfigured', effect: 'none' });
      expect(error.message).toContain('cannot be trusted');
      expect([count(), heard]).toEqual([1, []]);
    });

    it('is with the name that was entered, not with the address that it leads to', async () => {
      const byAddress = await tlsServer(trusted, way);
      const byName = await tlsServer(otherHost, way);
      const openTo = (settings: object, caCertificate: string): Connector =>
        openWith(localDialer, { ...settings, caCertificate });

      const wrong = openTo(byAddress.settings('ldap.example.org'), trusted.authority);
      const right = openTo(byName.settings('ldap.example.org'), otherHost.authority);
      const caller = new AbortController();
      const login = right.test(caller.signal).catch(() => undefined);
      const words = await byName.firstWords;
      caller.abort();
      await login;

      expect((await failure(wrong.test(NEVER))).message).toContain('cannot be trusted');
      expect(byAddress.heard).toEqual([]);
      expect(words.includes(PASSWORD)).toBe(true);
    });

    it('is not by a version of TLS that is broken', async () => {
      const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
      const { heard, settings } = await tlsServer(trusted, way, old);

      const error = await failure(open({ ...settings(), caCertificate: trusted.authority }).test(NEVER));

      expect(error).toMatchObject({ effect: 'none' });
      expect(heard).toEqual([]);
    });

    it('takes any certificate only when that is set for this system', async () => {
      const { firstWords, settings } = await tlsServer(selfSigned, way);
      const caller = new AbortController();
      const insecure = { ...settings(), insecure: 'unverified-certificate' };
      const login = open(insecure)
        .test(caller.signal)
        .catch(() => undefined);
      const words = await firstWords;
      caller.abort();
      await login;

      expect(words.includes(PASSWORD)).toBe(true);
    });
  });

  it('is not replaced by clear text when StartTLS is refused', async () => {
    const { connector, server } = await against(
      ({ id }) => [result(id, 0x78, { code: 2, diagnostic: 'no TLS here' })],
      {
        startTls: true,
      },
    );

    const error = await failure(connector.test(NEVER));

    expect(error).toMatchObject({ code: 'misconfigured', effect: 'none' });
    expect(error.message).toContain('no TLS here');
    expect(server.requests.map(({ tag }) => tag)).toEqual([REQUEST.extended]);
  });

  it('does not begin when more than the answer to StartTLS was sent in clear', async () => {
    const { connector, server } = await against(({ id }) => [result(id, 0x78), result(2, 0x61)], {
      startTls: true,
    });

    const error = await failure(connector.test(NEVER));

    expect(error).toMatchObject({ code: 'misconfigured', effect: 'none' });
    expect(Buffer.concat(server.received).includes(PASSWORD)).toBe(false);
  });

  it('is needed on a port that speaks it: clear text gets no password across', async () => {
    const { heard, port } = await tlsServer(trusted);

    const error = await failure(open({ url: `ldap://127.0.0.1:${port}` }).test(NEVER));

    expect(error.effect).toBe('none');
    expect(heard).toEqual([]);
  });

  it('is not found on a port that does not speak it', async () => {
    const { server } = await against(() => [Buffer.from('this is not TLS')]);

    const error = await failure(open({ url: server.url.replace('ldap:', 'ldaps:') }).test(NEVER));

    expect(error).toMatchObject({ code: 'misconfigured', effect: 'none' });
  });

  (noSlapd === undefined ? it : it.skip).each(['ldaps', 'StartTLS'])(
    'works with OpenLDAP: %s',
    async (way) => {
      const global = `TLSCertificateFile ${trusted.certificateFile}\nTLSCertificateKeyFile ${trusted.keyFile}`;
      const slapd = await Slapd.start({ global, tls: way === 'ldaps' });
      closing.push(() => slapd.remove());
      const connector = open(
        {
          url: slapd.url,
          bindDn: SLAPD_BIND_DN,
          baseDn: SLAPD_BASE,
          startTls: way === 'StartTLS',
          caCertificate: trusted.authority,
        },
        SLAPD_PASSWORD,
      );

      await expect(connector.test(NEVER)).resolves.toContain('(encrypted)');
      await expect(
        connector.create('inetOrgPerson', `uid=ada,${SLAPD_BASE}`, { cn: ['A'], sn: ['L'] }, NEVER),
      ).resolves.toMatchObject({
        identifier: `uid=ada,${SLAPD_BASE}`,
      });
    },
  );
});

/** One byte more than there is in the innermost value. */
function withLyingLength(message: Buffer): Buffer {
  const copy = Buffer.from(message);
  copy[copy.length - 2] = (copy[copy.length - 2] ?? 0) + 1;
  return copy;
}
