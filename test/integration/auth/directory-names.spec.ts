// Whatever is typed as a login is a value, to a real directory: it finds the entry of that name, or none.
import { afterAll, beforeAll, describe, expect, it as always } from '@jest/globals';
import * as fc from 'fast-check';
import { DirectoryAccounts } from '../../../src/auth/directory/directory-accounts.js';
import { foldLogin } from '../../../src/auth/domain/directory-account.js';
import { loadSettings } from '../../../src/platform/config/index.js';
import { Dialer } from '../../../src/platform/dialer/index.js';
import {
  directorySettings,
  type DirectorySettings,
  formatDn,
  parseDn,
} from '../../../src/platform/directory/index.js';
import { Secret } from '../../../src/platform/logging/index.js';
import { skipped } from '../../support/skipped.js';
import { noSlapd, SLAPD_BASE, SLAPD_BIND_DN, SLAPD_PASSWORD } from '../../support/slapd.js';
import { DSA_BASE, LoginDirectory } from './directory.fixture.js';

const it = noSlapd === undefined ? always : skipped(noSlapd);

/** All entries have it: were another one found, the login would succeed. */
const PASSWORD = 'the same for everybody';

const NAMES = [
  'jane',
  'jane doe',
  '*',
  '**',
  'j*',
  '(',
  ')',
  'x)(objectClass=*',
  '*)(uid=*))(|(uid=*',
  'jane)(|(cn=*',
  'jane,ou=people',
  'jane+cn=x',
  '\\',
  '\\2a',
  '\\00',
  '#jane',
  '#04026869',
  '"jane"',
  'a=b;c<d>e',
  "o'brien",
  '../jane',
  '%00',
  '${jane}',
  '{SSHA}jane',
  'jäne',
  'Łukasz',
  'ジェーン',
  '山田 太郎',
  '👩‍💻',
  '𝒥ane2',
  'nul\u0001?',
  'עברית',
];

let directory: LoginDirectory;
let accounts: DirectoryAccounts;

beforeAll(async () => {
  if (noSlapd !== undefined) return;
  directory = await LoginDirectory.start();
  for (const name of NAMES) {
    const dn = (base: string, type: string): string =>
      formatDn([[{ type, value: name, isHex: false }], ...parseDn(base)]);
    await directory.add(dn(SLAPD_BASE, 'uid'), {
      objectClass: 'inetOrgPerson',
      uid: name,
      cn: 'Person',
      sn: 'Person',
      userPassword: PASSWORD,
    });
    await directory.add(dn(DSA_BASE, 'cn'), {
      objectClass: ['organizationalRole', 'simpleSecurityObject'],
      cn: name,
      userPassword: PASSWORD,
    });
  }
  const settings = loadSettings([directorySettings], {
    FD_LDAP_MASTER_URL: directory.url,
    LDAP_BASE: 'dc=example,dc=org',
    LDAP_ADMIN: SLAPD_BIND_DN,
    LDAP_PWD: SLAPD_PASSWORD,
    LDAP_OU_DSA: DSA_BASE,
    PROVOST_DIRECTORY_PEOPLE_BASE: SLAPD_BASE,
  });
  accounts = new DirectoryAccounts(
    settings.values.get(directorySettings.token) as DirectorySettings,
    new Dialer({ allow: [], deny: [], ports: ['1-65535'], isProduction: false }),
  );
}, 60_000);

afterAll(async () => {
  accounts?.onModuleDestroy();
  await directory?.remove();
});

const intended = (typed: string): string | undefined =>
  NAMES.map(foldLogin).find((login) => login === foldLogin(typed));

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.string({
    unit: fc.constantFrom(...Array.from('*()\\,+="<>;#&|!~ aj\u0000\u00ad\u200b')),
    maxLength: 12,
  }),
  fc.constantFrom(...NAMES),
  // A name with something before, behind or in it.
  fc
    .tuple(fc.constantFrom(...NAMES), fc.string({ unit: 'binary', maxLength: 2 }), fc.nat())
    .map(([name, more, at]) => {
      const place = at % (name.length + 1);
      return (name.slice(0, place) + more + name.slice(place)).toWellFormed();
    }),
  fc.constantFrom(...NAMES).map((name) => name.toUpperCase()),
  fc.constantFrom(...NAMES).map((name) => name.normalize('NFD')),
);

describe('a login typed as any text', () => {
  for (const realm of ['identity', 'dsa'] as const) {
    it(`of the realm ${realm} lets in as the entry of that name, and as no other`, async () => {
      await fc.assert(
        fc.asyncProperty(text, async (typed) => {
          const found = await accounts.check(realm, typed, new Secret(PASSWORD));
          const wanted = intended(typed);
          // The directory may know of more differences than we do, never of fewer.
          if (found === undefined && !NAMES.includes(typed)) return;
          expect(found?.login).toBe(wanted);
          const [[first] = []] = parseDn(found?.dn ?? '');
          expect(foldLogin(first?.value ?? '')).toBe(wanted);
        }),
        { numRuns: 400 },
      );
    }, 120_000);

    it(`of the realm ${realm} finds each name there is, and refuses a wrong password for it`, async () => {
      for (const name of NAMES) {
        expect({ name, found: (await accounts.check(realm, name, new Secret(PASSWORD)))?.login }).toEqual({
          name,
          found: foldLogin(name),
        });
        expect(await accounts.check(realm, name, new Secret(`${PASSWORD} `))).toBeUndefined();
      }
    }, 60_000);
  }
});
