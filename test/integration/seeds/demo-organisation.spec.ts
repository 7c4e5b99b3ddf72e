import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { demoRoles, type RoleCode } from '../../../seeds/demo-organisation/occupations.js';
import { demoPeople, type DemoPerson } from '../../../seeds/demo-organisation/people.js';
import { photosFolder, readPhoto } from '../../../seeds/demo-organisation/photos.js';
import {
  databaseMapping,
  demoDatabase,
  demoDirectory,
  type DemoSystem,
  directoryMapping,
  expectedAccounts,
} from '../../../seeds/demo-organisation/systems.js';
import { packageRoot } from '../../../src/package-root.js';
import { Expressions } from '../../../src/platform/expressions/index.js';
import { checkMapping } from '../../../src/provisioning/mapping-check.js';
import { mappingRequest } from '../../../src/provisioning/mappings.schema.js';
import { computeWanted, type WantedObject } from '../../../src/provisioning/operation/wanted-object.js';
import { sniffMediaType } from '../../../src/registry/domain/media-type.js';
import { createIdentityRequest } from '../../../src/registry/identity.schema.js';
import { createRoleRequest } from '../../../src/registry/role.schema.js';
import { compiledChild } from '../../support/expression-child.js';

const SCRIPTS = [
  'Latin',
  'Greek',
  'Cyrillic',
  'Arabic',
  'Hebrew',
  'Devanagari',
  'Bengali',
  'Tamil',
  'Thai',
  'Han',
  'Hiragana',
  'Katakana',
  'Hangul',
  'Georgian',
  'Armenian',
  'Ethiopic',
];

const has = (predicate: (person: DemoPerson) => boolean): boolean => demoPeople.some(predicate);
const textsOf = ({ roles: _roles, ...texts }: DemoPerson): string => Object.values(texts).join('\n');

describe('the people of the demo organisation', () => {
  it('are 200 with logins that no directory takes for one another', () => {
    expect(demoPeople).toHaveLength(200);
    expect(new Set(demoPeople.map(({ login }) => login.toLowerCase())).size).toBe(200);
    for (const { login } of demoPeople) expect(login).toMatch(/^[a-z][a-z0-9.-]*$/);
  });

  it('are taken by the API as they are', () => {
    for (const person of demoPeople) {
      expect(createIdentityRequest.parse(person)).toEqual({ ...person, state: 'active' });
    }
  });

  it.each(SCRIPTS)('have names in %s letters', (script) => {
    const letters = new RegExp(`\\p{Script=${script}}`, 'u');
    expect(has((person) => letters.test(person.surname) || letters.test(person.givenName))).toBe(true);
  });

  it.each<[string, (person: DemoPerson) => boolean]>([
    ['an apostrophe', ({ surname }) => surname.includes("'")],
    ['a typographic apostrophe', ({ surname }) => surname.includes('’')],
    ['a hyphen', ({ surname }) => surname.includes('-')],
    ['a particle', ({ surname }) => surname.startsWith('van der ')],
    ['one letter each', ({ givenName, surname }) => `${givenName}${surname}`.length === 2],
    ['a comma', ({ displayName }) => displayName?.includes(',') === true],
    ['a plus sign', ({ surname }) => surname.includes('+')],
    ['double quotes', ({ displayName }) => displayName?.includes('"') === true],
    [
      'a number sign first',
      ({ title, displayName }) => title?.startsWith('#') === true && displayName === null,
    ],
    ['a backslash', ({ displayName }) => displayName?.includes('\\') === true],
    ['what a filter escapes', ({ displayName }) => /[*()]/.test(displayName ?? '')],
    ['a quote that would end an SQL text', ({ givenName }) => givenName.includes("');")],
    ['the word for no value', ({ surname }) => surname === 'Null'],
    ['combining characters', ({ surname }) => surname !== surname.normalize('NFC')],
    ['letters beyond the Basic Multilingual Plane', ({ surname }) => /[\u{10000}-\u{10ffff}]/u.test(surname)],
    ['an invisible joiner', ({ surname }) => surname.includes('\u200c')],
    ['more than 170 characters', ({ displayName }) => (displayName?.length ?? 0) > 170],
    ['no display name', ({ displayName }) => displayName === null],
    ['no title', ({ title }) => title === null],
    ['no address', ({ email }) => email === null],
    ['no telephone', ({ phone }) => phone === null],
  ])('include one with %s', (_, isSuch) => {
    expect(has(isSuch)).toBe(true);
  });

  it('have no emoji in their names', () => {
    expect(has((person) => /\p{Extended_Pictographic}/u.test(textsOf(person)))).toBe(false);
  });

  it('write their names as their language does', () => {
    const shown = new Map(demoPeople.map(({ login, displayName }) => [login, displayName]));
    expect(['epapadaki', 'zory', 'xfwang', 'hsato', 'blee'].map((login) => shown.get(login))).toEqual([
      'Ευανθία Παπαδάκη',
      'Őry Zsófia',
      '王秀芬',
      '佐藤 陽菜子',
      '이봄',
    ]);
  });
});

describe('the roles of the demo organisation', () => {
  it('are twelve that the API takes as they are', () => {
    expect(new Set(demoRoles.map(({ code }) => code)).size).toBe(12);
    for (const role of demoRoles) expect(createRoleRequest.parse(role)).toEqual(role);
  });

  it('are one to four for everybody, each once, and nobody lacks one', () => {
    for (const { roles } of demoPeople) {
      expect(roles.length).toBeGreaterThanOrEqual(1);
      expect(roles.length).toBeLessThanOrEqual(4);
      expect(new Set(roles).size).toBe(roles.length);
    }
    const held = new Set(demoPeople.flatMap(({ roles }) => roles));
    expect([...held].toSorted()).toEqual(demoRoles.map(({ code }) => code).toSorted());
  });

  it('give as many accounts as are expected', () => {
    const without = (...roles: string[]): number =>
      demoPeople.filter((person) => person.roles.every((role) => roles.includes(role))).length;
    const rolesOfNobodyThere = demoRoles
      .map(({ code }) => code)
      .filter((code) => code !== 'employee' && code !== 'guest');
    expect(expectedAccounts()).toEqual({
      'Demo directory': 200 - without('alumni', 'guest'),
      'Demo database': 200 - without(...rolesOfNobodyThere),
    });
    expect(expectedAccounts()).toEqual({ 'Demo directory': 190, 'Demo database': 92 });
  });
});

describe('docs/demo-organisation.md', () => {
  const page = readFileSync(new URL('docs/demo-organisation.md', packageRoot), 'utf8');

  it('tells who has which role, and what it gives', () => {
    const rows = [...page.matchAll(/^\| `([\w-]+)` +\| (.+?) +\| (\d+) +\| (yes|no) +\| (yes|no) +\|$/gm)];
    const isYes = (system: DemoSystem, code: RoleCode): string =>
      system.roles.includes(code) ? 'yes' : 'no';
    expect(rows.map((row) => row.slice(1))).toEqual(
      demoRoles.map(({ code, description }) => [
        code,
        description,
        String(demoPeople.filter(({ roles }) => roles.includes(code)).length),
        isYes(demoDirectory, code),
        isYes(demoDatabase, code),
      ]),
    );
  });

  it('tells how many accounts there will be', () => {
    for (const count of Object.values(expectedAccounts())) expect(page).toContain(`**${count}**`);
  });
});

describe('the photos of the demo organisation', () => {
  it('are one small JPEG file for each person, no two alike', async () => {
    const files = readdirSync(photosFolder).toSorted();
    expect(files).toEqual(demoPeople.map(({ login }) => `${login}.jpg`).toSorted());
    const photos = await Promise.all(demoPeople.map(({ login }) => readPhoto(login)));
    for (const photo of photos) {
      expect(sniffMediaType(photo)).toBe('image/jpeg');
      expect(photo.subarray(-2).toString('hex')).toBe('ffd9');
      expect(sizeOf(photo)).toEqual({ width: 96, height: 96 });
      expect(photo.length).toBeLessThanOrEqual(3_000);
    }
    const digests = photos.map((photo) => createHash('sha256').update(photo).digest('hex'));
    expect(new Set(digests).size).toBe(200);
    expect(photos.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(500_000);
  });
});

describe.each([
  { system: demoDirectory, mapping: directoryMapping('dc=example,dc=org') },
  { system: demoDatabase, mapping: databaseMapping },
])('the mapping of the $system.name', ({ system, mapping }) => {
  const complete = mappingRequest.parse(mapping);
  const log = { warn: () => undefined, error: () => undefined };
  let expressions: Expressions;

  beforeAll(() => {
    expressions = new Expressions({ log, childEntry: compiledChild(), deadlineMs: 20_000 });
  });

  afterAll(() => expressions.close());

  async function wantedOf(person: DemoPerson, hasPhoto: boolean): Promise<Record<string, unknown>> {
    const { login, roles } = person;
    const photo = { sha256: login, sizeBytes: 1, mediaType: 'image/jpeg' } as const;
    const computed = await computeWanted(
      complete,
      {
        ...person,
        id: login,
        state: 'active',
        version: 1,
        roles: roles.map((code) => ({ id: code, code })),
        form: hasPhoto ? { photo } : {},
      },
      { name: system.name, booleans: ['false', 'true'] },
      { expressions, attachments: { read: async (sha256) => Buffer.from(sha256) } },
    );
    if (!computed.ok) throw new Error(`${login}: ${JSON.stringify(computed.faults)}`);
    return plain(computed.wanted);
  }

  it('has nothing to complain about', async () => {
    expect(await checkMapping(expressions, complete)).toEqual([]);
  });

  it('gives everybody a name and an identifier, whatever they lack', async () => {
    const identifiers = new Set<unknown>();
    for (const person of demoPeople) {
      const wanted = await wantedOf(person, true);
      const name = wanted['cn'] ?? wanted['full_name'];
      expect(name).toEqual([person.displayName ?? `${person.givenName} ${person.surname}`]);
      identifiers.add(wanted['identifier']);
    }
    expect(identifiers.size).toBe(200);
  });

  it('gives no photo and no address to who has none', async () => {
    const freshman = demoPeople.find(({ email }) => email === null);
    if (!freshman) throw new Error('Everybody has an address.');
    const wanted = await wantedOf(freshman, false);
    expect(wanted['jpegPhoto'] ?? wanted['photo']).toEqual([]);
    expect(wanted['mail'] ?? wanted['email']).toEqual([]);
  });
});

function plain({ identifier, attributes }: WantedObject): Record<string, unknown> {
  return {
    identifier,
    ...Object.fromEntries(attributes.map(({ attribute, values }) => [attribute, values])),
  };
}

/** From the frame header of a baseline JPEG (ISO/IEC 10918-1, B.2.2). */
function sizeOf(jpeg: Buffer): { width: number; height: number } | null {
  for (let at = 2; at < jpeg.length; at += 2 + jpeg.readUInt16BE(at + 2)) {
    if (jpeg.readUInt16BE(at) === 0xffc0) {
      return { height: jpeg.readUInt16BE(at + 5), width: jpeg.readUInt16BE(at + 7) };
    }
  }
  return null;
}
