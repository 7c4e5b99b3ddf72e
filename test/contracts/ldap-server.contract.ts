// What Provost relies on in an LDAP server, through the client it uses. Real slapd and the built-in
// server run the same cases, so that the built-in one stays a faithful stand-in.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  AndFilter,
  Attribute,
  BerWriter,
  Change,
  Client,
  DN,
  EqualityFilter,
  FilterParser,
  ModifyDNRequest,
  NotFilter,
  PresenceFilter,
  ResultCodeError,
  SearchRequest,
} from 'ldapts';
import type { Entry, Filter } from 'ldapts';
import { AssertionControl, RawControl, ReadEntryControl } from './ldap-server.controls.js';
import { bindRequest, openRaw } from './ldap-server.raw.js';

/** A server with `baseDn` and `ou=people` and `ou=groups` below it. */
export interface LdapServerUnderTest {
  readonly url: string;
  readonly baseDn: string;
  readonly bindDn: string;
  readonly password: string;
  stop(): Promise<void>;
}

type DescribeServer = (name: string, tests: () => void) => void;

const WHO_AM_I = '1.3.6.1.4.1.4203.1.11.3';
const PAGED_RESULTS = '1.2.840.113556.1.4.319';
/** The first bytes of a JPEG: no valid UTF-8. */
const PHOTO = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0x00, 0x10, 0x4a, 0x46, 0x49, 0x46, 0x00, 0xfe, 0x80]);
const SPECIAL_VALUES = [
  ',',
  '+',
  '"',
  '\\',
  '<',
  '>',
  ';',
  '=',
  '#',
  ' lead',
  'trail ',
  '  both  ',
  '# lead',
  'a,b+c="d"',
  'back\\slash\\',
  '\\2c',
  'Žluťoučký kůň',
  '李小龍',
  'Ελένη Παπαδοπούλου',
  'عمر',
  '😀',
  '*',
  '(x)(|',
  'a/b',
  'line\nbreak',
  "O'Neil",
];

/** Declares the suite for one server; `declare` is `describe`, or what stands in for it where it cannot run. */
export function exerciseLdapServer(
  label: string,
  start: () => Promise<LdapServerUnderTest>,
  declare: DescribeServer = describe,
): void {
  declare(`an LDAP server: ${label}`, () => {
    let server: LdapServerUnderTest;
    let admin: Client;
    let unit: string;
    let units = 0;
    const clients: Client[] = [];

    beforeAll(async () => {
      server = await start();
      admin = await logIn(server.bindDn, server.password);
    }, 60_000);

    afterAll(async () => {
      await Promise.all(clients.map((client) => client.unbind()));
      await server.stop();
    }, 30_000);

    /** Every case works below a unit of its own. */
    beforeEach(async () => {
      units += 1;
      unit = `ou=case ${units},ou=people,${server.baseDn}`;
      await addUnit(unit, `case ${units}`);
    });

    afterEach(async () => {
      const below = await find(unit, new PresenceFilter({ attribute: 'objectClass' }));
      // Children stand below their parents, so the longest names go first.
      for (const { dn } of below.toSorted((a, b) => depthOf(b.dn) - depthOf(a.dn))) await admin.del(dn);
    });

    function open(): Client {
      const client = new Client({ url: server.url, timeout: 10_000, connectTimeout: 5_000 });
      clients.push(client);
      return client;
    }

    async function logIn(dn: string, password: string): Promise<Client> {
      const client = open();
      await client.bind(dn, password);
      return client;
    }

    async function addUnit(dn: string, ou: string): Promise<void> {
      await admin.add(dn, { objectClass: ['top', 'organizationalUnit'], ou });
    }

    async function addPerson(uid: string, more: Record<string, string | string[]> = {}): Promise<string> {
      const dn = `uid=${uid},${unit}`;
      await admin.add(dn, person(uid, more));
      return dn;
    }

    async function read(dn: string, selection: string[] = [], client = admin): Promise<Entry> {
      const explicitBufferAttributes = ['jpegPhoto'];
      const { searchEntries } = await client.search(dn, {
        scope: 'base',
        attributes: selection,
        explicitBufferAttributes,
      });
      const [entry] = searchEntries;
      if (entry === undefined) throw new Error(`${dn} was not returned`);
      return entry;
    }

    async function find(base: string, filter: Filter | string, client = admin): Promise<Entry[]> {
      return (await client.search(base, { filter, attributes: ['1.1'] })).searchEntries;
    }

    async function uidsOf(filter: Filter | string): Promise<string[]> {
      const { searchEntries } = await admin.search(unit, { filter, attributes: ['uid'] });
      return searchEntries.map(({ uid }) => String(uid)).toSorted();
    }

    describe('bind', () => {
      it('lets the administrator in, however the name is spelled', async () => {
        const client = await logIn(server.bindDn.toUpperCase().replaceAll(',', ' , '), server.password);
        const { value } = await client.exop(WHO_AM_I);
        expect(value?.toLowerCase()).toBe(`dn:${server.bindDn}`);
      });

      it('answers 49 for a wrong password and for an unknown name alike', async () => {
        expect(await codeOf(open().bind(server.bindDn, 'wrong'))).toBe(49);
        expect(await codeOf(open().bind(`uid=nobody,${unit}`, 'wrong'))).toBe(49);
      });

      it('answers 53 for a name without a password, and does not take it for anonymous', async () => {
        expect(await codeOf(open().bind(server.bindDn, ''))).toBe(53);
      });

      it('answers 34 for what is no name', async () => {
        expect(await codeOf(open().bind('nobody', 'x'))).toBe(34);
      });

      it('leaves the connection anonymous when it fails', async () => {
        const client = await logIn(server.bindDn, server.password);
        expect(await codeOf(client.bind(server.bindDn, 'wrong'))).toBe(49);
        expect((await client.exop(WHO_AM_I)).value).toBe('');
      });

      it('lets an entry in with its userPassword, clear or salted, and with no other', async () => {
        const clear = await addPerson('clear', { userPassword: 'pass wörd' });
        // {SSHA} of "secret" with the salt "salt".
        const salted = await addPerson('salted', { userPassword: '{SSHA}gVK8WC9YyFT1gMsQHTGCgT3sSv5zYWx0' });
        expect((await (await logIn(clear, 'pass wörd')).exop(WHO_AM_I)).value).toBe(`dn:${clear}`);
        expect((await (await logIn(salted, 'secret')).exop(WHO_AM_I)).value).toBe(`dn:${salted}`);
        expect(await codeOf(open().bind(clear, 'pass word'))).toBe(49);
        expect(await codeOf(open().bind(await addPerson('none'), 'x'))).toBe(49);
      });
    });

    describe('access', () => {
      it('shows strangers what the server is, and nothing of the tree', async () => {
        const stranger = open();
        const dse = await read('', ['namingContexts', 'supportedLDAPVersion', 'supportedControl'], stranger);
        expect(dse['namingContexts']).toBe(server.baseDn);
        expect(dse['supportedLDAPVersion']).toBe('3');
        expect(dse['supportedControl']).toEqual(
          expect.arrayContaining(['1.3.6.1.1.12', '1.3.6.1.1.13.1', '1.3.6.1.1.13.2', PAGED_RESULTS]),
        );
        expect((await stranger.exop(WHO_AM_I)).value).toBe('');
        expect(await codeOf(find(server.baseDn, '(objectClass=*)', stranger))).toBe(32);
        expect(await codeOf(stranger.compare(server.baseDn, 'dc', 'example'))).toBe(32);
      });

      it('answers 8 to a stranger who writes, 50 to a person', async () => {
        const dn = await addPerson('ada', { userPassword: 'x' });
        const change = replace('title', 'Countess');
        expect(await codeOf(open().modify(dn, change))).toBe(8);
        expect(await codeOf(open().add(`uid=b,${unit}`, person('b')))).toBe(8);
        expect(await codeOf((await logIn(dn, 'x')).modify(dn, change))).toBe(50);
        expect(await codeOf((await logIn(dn, 'x')).del(dn))).toBe(50);
      });

      it('hides passwords from people', async () => {
        const dn = await addPerson('ada', { userPassword: 'x' });
        const client = await logIn(dn, 'x');
        expect(await read(dn, [], client)).not.toHaveProperty('userPassword');
        expect(await find(unit, '(userPassword=*)', client)).toEqual([]);
        expect(await codeOf(client.compare(dn, 'userPassword', 'x'))).toBe(50);
      });

      it('publishes its schema', async () => {
        const { subschemaSubentry } = await read(unit, ['subschemaSubentry']);
        const schema = await read(String(subschemaSubentry), ['objectClasses', 'attributeTypes']);
        expect(schema['objectClasses']).toContainEqual(expect.stringContaining("NAME 'inetOrgPerson'"));
        expect(schema['attributeTypes']).toContainEqual(expect.stringContaining("NAME 'jpegPhoto'"));
      });
    });

    describe('add', () => {
      it('keeps values of every script and bytes that are no text', async () => {
        const dn = `uid=ada,${unit}`;
        await admin.add(dn, [
          ...attributes(person('ada', { cn: ['Žofie', '李小龍', 'عمر 😀'], description: 'two\nlines' })),
          new Attribute({ type: 'jpegPhoto', values: [PHOTO] }),
        ]);
        expect(await read(dn)).toEqual({
          dn,
          ...person('ada', { cn: ['Žofie', '李小龍', 'عمر 😀'], description: 'two\nlines' }),
          objectClass: 'inetOrgPerson',
          jpegPhoto: PHOTO,
        });
      });

      it('takes a photo of a megabyte', async () => {
        const photo = Buffer.alloc(1024 * 1024, PHOTO);
        const dn = `uid=large,${unit}`;
        await admin.add(dn, [
          ...attributes(person('large')),
          new Attribute({ type: 'jpegPhoto', values: [photo] }),
        ]);
        expect(photo.equals((await read(dn, ['jpegPhoto']))['jpegPhoto'] as Buffer)).toBe(true);
      });

      it('gives the entry its operational attributes', async () => {
        const dn = await addPerson('ada');
        const entry = await read(dn, ['+']);
        expect(entry).toMatchObject({
          entryUUID: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
          entryCSN: expect.stringMatching(/^\d{14}\.\d{6}Z#[0-9a-f]{6}#[0-9a-f]{3}#[0-9a-f]{6}$/),
          createTimestamp: expect.stringMatching(/^\d{14}Z$/),
          modifyTimestamp: expect.stringMatching(/^\d{14}Z$/),
          creatorsName: server.bindDn,
          structuralObjectClass: 'inetOrgPerson',
          entryDN: dn,
          hasSubordinates: 'FALSE',
        });
      });

      it('adds the value of the name when the attributes lack it', async () => {
        await admin.add(`uid=bare,${unit}`, { objectClass: 'inetOrgPerson', cn: 'b', sn: 'b' });
        expect(await read(`uid=bare,${unit}`, ['uid'])).toMatchObject({ uid: 'bare' });
      });

      it('answers 68 for an entry that is there, in any spelling', async () => {
        await addPerson('ada');
        expect(await codeOf(admin.add(`UID=ADA , ${unit.toUpperCase()}`, person('ADA')))).toBe(68);
      });

      it('answers 32 below an entry that is not there, 53 outside the tree', async () => {
        expect(await codeOf(admin.add(`uid=a,ou=missing,${unit}`, person('a')))).toBe(32);
        expect(await codeOf(admin.add('uid=a,dc=elsewhere', person('a')))).toBe(53);
      });

      it.each<[string, number, Record<string, string | string[]>]>([
        ['a missing mandatory attribute', 65, { sn: [] }],
        ['an attribute the object class does not allow', 65, { member: 'cn=x' }],
        ['no object class', 65, { objectClass: [] }],
        ['no structural object class', 65, { objectClass: ['top'] }],
        [
          'two structural object classes',
          65,
          { objectClass: ['inetOrgPerson', 'organizationalUnit'], ou: 'x' },
        ],
        [
          'an auxiliary class without its mandatory attributes',
          65,
          { objectClass: ['inetOrgPerson', 'posixAccount'] },
        ],
        ['an unknown attribute', 17, { nonsense: 'x' }],
        ['an unknown object class', 21, { objectClass: ['inetOrgPerson', 'nonsense'] }],
        ['a number that is none', 21, { objectClass: ['inetOrgPerson', 'posixAccount'], uidNumber: '007' }],
        ['an empty text', 21, { givenName: '' }],
        ['a mail address outside ASCII', 21, { mail: 'ž@example.org' }],
        ['a manager that is no name', 21, { manager: 'somebody' }],
        ['two values of a single-valued attribute', 19, { displayName: ['One', 'Two'] }],
        ['two employee numbers', 19, { employeeNumber: ['1', '2'] }],
        ['two preferred languages', 19, { preferredLanguage: ['cs', 'en'] }],
        ['an attribute the server keeps itself', 19, { entryUUID: '0d2f3b2e-0000-4000-8000-000000000000' }],
        ['the same value twice', 20, { mail: ['a@example.org', 'A@EXAMPLE.ORG'] }],
      ])('refuses %s with %d', async (_, code, more) => {
        const values = Object.entries({ ...person('bad'), ...more }).filter(
          ([, value]) => value.length > 0 || value === '',
        );
        expect(await codeOf(admin.add(`uid=bad,${unit}`, Object.fromEntries(values)))).toBe(code);
        expect(await uidsOf('(uid=bad)')).toEqual([]);
      });

      it('refuses bytes that are no text in an attribute of text with 21', async () => {
        const bad = new Attribute({ type: 'givenName', values: [Buffer.from([0xff, 0xfe])] });
        expect(await codeOf(admin.add(`uid=bad,${unit}`, [...attributes(person('bad')), bad]))).toBe(21);
      });

      it('says what is wrong in words', async () => {
        await expect(admin.add(`uid=b,${unit}`, { objectClass: 'inetOrgPerson', cn: 'b' })).rejects.toThrow(
          "object class 'inetOrgPerson' requires attribute 'sn'",
        );
        await expect(addPerson('b', { nonsense: 'x' })).rejects.toThrow('nonsense: attribute type undefined');
        await expect(addPerson('b', { displayName: ['a', 'b'] })).rejects.toThrow(
          'displayName: multiple values provided',
        );
      });
    });

    describe('names', () => {
      it.each(SPECIAL_VALUES)('keeps an entry named %j, escaped by hand or by ldapts', async (value) => {
        const byHand = `cn=${escapeByHand(value)},${unit}`;
        const byClass = `${new DN().addPairRDN('cn', value).toString()},${unit}`;
        await admin.add(byHand, { objectClass: 'person', cn: value, sn: 'x' });
        expect(await codeOf(admin.add(byClass, { objectClass: 'person', cn: value, sn: 'x' }))).toBe(68);
        const { searchEntries } = await admin.search(unit, {
          filter: new EqualityFilter({ attribute: 'cn', value }),
        });
        expect(searchEntries).toEqual([
          { dn: expect.any(String), objectClass: 'person', cn: value, sn: 'x' },
        ]);
        // The name that came back is itself one by which the entry is found.
        await admin.del(searchEntries[0]?.dn ?? '');
        expect(await codeOf(read(byHand))).toBe(32);
      });

      it('are the same in other case, spacing, order and escapes', async () => {
        await admin.add(`cn=Foo\\, Bar+sn=b,${unit}`, { objectClass: 'person', cn: 'Foo, Bar', sn: 'b' });
        for (const name of [
          'CN=foo\\2C  BAR + SN=B',
          'sn=b+cn="Foo, Bar"',
          '2.5.4.4=b+commonName=\\66oo\\, bar',
        ]) {
          expect(await read(`${name}, ${unit}`, ['sn'])).toMatchObject({ sn: 'b' });
        }
      });

      it.each([
        'cn',
        '=x',
        'cn=',
        'cn=a+',
        'cn=a\\g',
        'cn="a',
        'cn=a"b',
        'cn=a<b',
        'c n=a',
        'cn=a+cn=b',
        'nonsense=a',
      ])('are refused with 34: %s', async (name) => {
        expect(await codeOf(admin.del(`${name},${unit}`))).toBe(34);
      });
    });

    describe('modify', () => {
      it('adds, deletes and replaces values', async () => {
        const dn = await addPerson('ada', { mail: ['a@example.org', 'b@example.org'], title: 'x' });
        await admin.modify(dn, [
          add('mail', 'c@example.org'),
          remove('mail', 'A@EXAMPLE.ORG'),
          replace('title'),
          replace('telephoneNumber', '+420 1', '+420 2'),
        ]);
        const entry = await read(dn, ['mail', 'title', 'telephoneNumber']);
        expect(entry).toEqual({
          dn,
          mail: ['b@example.org', 'c@example.org'],
          title: [],
          telephoneNumber: ['+420 1', '+420 2'],
        });
      });

      it('replaces and removes a photo', async () => {
        const dn = await addPerson('ada');
        await admin.modify(dn, replace('jpegPhoto', PHOTO));
        expect((await read(dn))['jpegPhoto']).toEqual(PHOTO);
        await admin.modify(dn, replace('jpegPhoto'));
        expect(await read(dn)).not.toHaveProperty('jpegPhoto');
      });

      it('exchanges the value of a single-valued attribute in one request, in either order', async () => {
        const dn = await addPerson('ada', { displayName: 'One' });
        await admin.modify(dn, [remove('displayName', 'one'), add('displayName', 'Two')]);
        await admin.modify(dn, [add('displayName', 'Three'), remove('displayName', 'two')]);
        expect(await read(dn, ['displayName'])).toMatchObject({ displayName: 'Three' });
      });

      it('happens whole or not at all', async () => {
        const dn = await addPerson('ada', { title: 'before' });
        expect(await codeOf(admin.modify(dn, [replace('title', 'after'), remove('employeeType')]))).toBe(16);
        expect(await read(dn, ['title'])).toMatchObject({ title: 'before' });
      });

      it('gives the entry a greater entryCSN and leaves its entryUUID', async () => {
        const dn = await addPerson('ada');
        const before = await read(dn, ['entryCSN', 'entryUUID']);
        await admin.modify(dn, replace('title', 'x'));
        const after = await read(dn, ['entryCSN', 'entryUUID']);
        expect(after['entryUUID']).toBe(before['entryUUID']);
        expect(String(after['entryCSN']) > String(before['entryCSN'])).toBe(true);
      });

      it('takes on and gives up an auxiliary class with its attributes', async () => {
        const dn = await addPerson('ada');
        await admin.modify(dn, [
          add('objectClass', 'posixAccount'),
          replace('uidNumber', '1000'),
          replace('gidNumber', '1000'),
          replace('homeDirectory', '/home/ada'),
        ]);
        expect(await codeOf(admin.modify(dn, remove('objectClass', 'posixAccount')))).toBe(65);
        const attributesOfClass = ['uidNumber', 'gidNumber', 'homeDirectory'].map((type) => replace(type));
        await admin.modify(dn, [remove('objectClass', 'posixAccount'), ...attributesOfClass]);
        expect(await read(dn, ['objectClass'])).toMatchObject({ objectClass: 'inetOrgPerson' });
      });

      it('increments numbers', async () => {
        const posix = { objectClass: ['inetOrgPerson', 'posixAccount'], homeDirectory: '/' };
        const dn = await addPerson('ada', { ...posix, uidNumber: '41', gidNumber: '1' });
        await admin.modify(dn, new Increment('uidNumber', '1'));
        await admin.modify(dn, new Increment('gidNumber', '-3'));
        expect(await read(dn, ['uidNumber', 'gidNumber'])).toMatchObject({
          uidNumber: '42',
          gidNumber: '-2',
        });
        expect(await codeOf(admin.modify(dn, new Increment('cn', '1')))).toBe(19);
      });

      it.each<[string, number, () => Change | Change[]]>([
        ['a value that is there', 20, () => add('mail', 'A@EXAMPLE.org')],
        ['the same value twice', 20, () => replace('title', 'x', 'X')],
        ['deleting a value that is not there', 16, () => remove('mail', 'z@example.org')],
        ['deleting an attribute that is not there', 16, () => remove('title')],
        ['a second value of a single-valued attribute', 19, () => add('displayName', 'Two')],
        ['two values of a single-valued attribute', 19, () => replace('displayName', 'Two', 'Three')],
        [
          'an attribute the server keeps itself',
          19,
          () => replace('entryCSN', '20260101000000.000000Z#000000#000#000000'),
        ],
        ['deleting a mandatory attribute', 65, () => remove('sn')],
        ['an attribute the object class does not allow', 65, () => add('member', 'cn=x')],
        ['deleting the value of the name', 64, () => remove('uid')],
        ['replacing the value of the name', 64, () => replace('uid', 'other')],
        ['another structural class', 69, () => replace('objectClass', 'person')],
        ['an unknown attribute', 17, () => add('nonsense', 'x')],
        ['a value outside the syntax', 21, () => replace('manager', 'somebody')],
        ['deleting a value that cannot be compared', 18, () => remove('jpegPhoto', PHOTO)],
        ['adding a value beside one that cannot be compared', 18, () => add('jpegPhoto', PHOTO)],
        ['adding nothing', 2, () => add('title')],
      ])('refuses %s with %d', async (_, code, change) => {
        const dn = await addPerson('ada', { mail: 'a@example.org', displayName: 'One' });
        await admin.modify(dn, replace('jpegPhoto', PHOTO));
        const before = await read(dn, ['*', '+']);
        expect(await codeOf(admin.modify(dn, change()))).toBe(code);
        expect(await read(dn, ['*', '+'])).toEqual(before);
      });

      it('answers 32 for an entry that is not there', async () => {
        expect(await codeOf(admin.modify(`uid=nobody,${unit}`, replace('sn', 'x')))).toBe(32);
      });
    });

    describe('modifyDN', () => {
      it('renames an entry, and its attributes follow', async () => {
        const dn = await addPerson('ada');
        const { entryUUID } = await read(dn, ['entryUUID']);
        await admin.modifyDN(dn, `uid=lovelace,${unit}`);
        expect(await read(`uid=lovelace,${unit}`, ['uid', 'entryUUID', 'entryDN'])).toEqual({
          dn: `uid=lovelace,${unit}`,
          uid: 'lovelace',
          entryUUID,
          entryDN: `uid=lovelace,${unit}`,
        });
        expect(await codeOf(read(dn))).toBe(32);
      });

      it('renames to a name with special characters', async () => {
        const dn = await addPerson('ada');
        await admin.modifyDN(dn, `cn=Lovelace\\, Ada \\+1,${unit}`);
        const found = await find(unit, new EqualityFilter({ attribute: 'cn', value: 'Lovelace, Ada +1' }));
        expect(found.map((entry) => entry.dn)).toEqual([`cn=Lovelace\\2C Ada \\2B1,${unit}`]);
      });

      it('changes the case of a name', async () => {
        const dn = await addPerson('ada');
        await admin.modifyDN(dn, 'uid=ADA');
        expect(await read(dn, ['uid'])).toEqual({ dn: `uid=ADA,${unit}`, uid: 'ADA' });
      });

      it('keeps the old value when asked to', async () => {
        const dn = await addPerson('ada');
        const raw = await openRaw(server.url);
        raw.send(bindRequest(1, server.bindDn, server.password));
        await raw.next();
        raw.send(
          new ModifyDNRequest({ messageId: 2, dn, newRdn: 'uid=countess', deleteOldRdn: false }).write(),
        );
        expect(await raw.next()).toMatchObject({ id: 2, code: 0 });
        raw.close();
        expect(await read(`uid=countess,${unit}`, ['uid'])).toMatchObject({ uid: ['ada', 'countess'] });
      });

      it('moves an entry, and a subtree with all that is in it', async () => {
        await addUnit(`ou=from,${unit}`, 'from');
        await addUnit(`ou=to,${unit}`, 'to');
        await addUnit(`ou=team,ou=from,${unit}`, 'team');
        await admin.add(`uid=ada,ou=team,ou=from,${unit}`, person('ada'));
        await admin.modifyDN(`ou=team,ou=from,${unit}`, `ou=crew,ou=to,${unit}`);
        const moved = `uid=ada,ou=crew,ou=to,${unit}`;
        expect(await read(moved, ['entryDN'])).toEqual({ dn: moved, entryDN: moved });
        expect((await find(unit, '(uid=ada)')).map(({ dn }) => dn)).toEqual([moved]);
        await admin.modifyDN(moved, `uid=ada,${unit}`);
        expect(await find(`ou=to,${unit}`, '(uid=ada)')).toEqual([]);
      });

      it.each<[string, number, string, string]>([
        ['onto an entry that is there', 68, 'uid=ada', 'UID=Bob'],
        ['below an entry that is not there', 32, 'uid=ada', 'uid=ada,ou=missing'],
        ['of an entry that is not there', 32, 'uid=nobody', 'uid=somebody'],
        ['to an attribute the object class does not allow', 65, 'uid=ada', 'dc=ada'],
        ['to what is no name', 34, 'uid=ada', 'ada'],
      ])('answers a rename %s with %d', async (_, code, from, to) => {
        await addPerson('ada');
        await addPerson('bob');
        expect(await codeOf(admin.modifyDN(`${from},${unit}`, `${to},${unit}`))).toBe(code);
        expect(await uidsOf('(uid=*)')).toEqual(['ada', 'bob']);
      });

      it('refuses to place an entry below itself with 53', async () => {
        await addUnit(`ou=a,${unit}`, 'a');
        await addUnit(`ou=b,ou=a,${unit}`, 'b');
        expect(await codeOf(admin.modifyDN(`ou=a,${unit}`, `ou=a,ou=b,ou=a,${unit}`))).toBe(53);
      });

      it('refuses a rename that takes away a mandatory attribute with 65', async () => {
        await admin.add(`cn=only,${unit}`, { objectClass: 'person', cn: 'only', sn: 'x' });
        expect(await codeOf(admin.modifyDN(`cn=only,${unit}`, `sn=x,${unit}`))).toBe(65);
      });
    });

    describe('delete', () => {
      it('removes an entry; the second time it answers 32', async () => {
        const dn = await addPerson('ada');
        await admin.del(dn);
        expect(await codeOf(admin.del(dn))).toBe(32);
        await addPerson('ada');
      });

      it('answers 66 for an entry with others below it', async () => {
        await addPerson('ada');
        expect(await codeOf(admin.del(unit))).toBe(66);
      });
    });

    describe('compare', () => {
      it('compares by the rule of the attribute', async () => {
        const dn = await addPerson('ada', { mail: 'Ada@example.org', labeledURI: 'http://x/A' });
        expect(await admin.compare(dn, 'mail', 'ada@EXAMPLE.org')).toBe(true);
        expect(await admin.compare(dn, 'mail', 'bob@example.org')).toBe(false);
        expect(await admin.compare(dn, 'labeledURI', 'http://x/a')).toBe(false);
        expect(await codeOf(admin.compare(dn, 'title', 'x'))).toBe(16);
        expect(await codeOf(admin.compare(dn, 'nonsense', 'x'))).toBe(17);
        expect(await codeOf(admin.compare(`uid=nobody,${unit}`, 'uid', 'x'))).toBe(32);
      });
    });

    describe('search', () => {
      it('keeps to its scope', async () => {
        await addUnit(`ou=deep,${unit}`, 'deep');
        await admin.add(`uid=deep,ou=deep,${unit}`, person('deep'));
        await addPerson('flat');
        const names = async (scope: 'base' | 'one' | 'sub'): Promise<string[]> =>
          (await admin.search(unit, { scope, attributes: ['1.1'] })).searchEntries
            .map(({ dn }) => dn)
            .toSorted();
        const one = [`ou=deep,${unit}`, `uid=flat,${unit}`];
        expect(await names('base')).toEqual([unit]);
        expect(await names('one')).toEqual(one);
        expect(await names('sub')).toEqual([...one, unit, `uid=deep,ou=deep,${unit}`].toSorted());
      });

      it('returns what was asked for, under the names of the schema', async () => {
        const dn = await addPerson('ada', { title: 'x' });
        expect(await read(dn, ['CN', 'surname', '2.5.4.12'])).toMatchObject({
          dn,
          cn: 'ada',
          sn: 'ada',
          title: 'x',
        });
        expect(await read(dn, ['1.1'])).toEqual({ dn, '1.1': [] });
        expect(await read(dn, ['name'])).toMatchObject({ cn: 'ada', sn: 'ada', title: 'x' });
        expect(Object.keys(await read(dn, ['*']))).not.toContain('entryUUID');
        expect(Object.keys(await read(dn, ['+']))).not.toContain('cn');
        const types = await admin.search(dn, { scope: 'base', returnAttributeValues: false });
        expect(types.searchEntries).toEqual([{ dn, objectClass: [], uid: [], cn: [], sn: [], title: [] }]);
      });

      it.each<[string, string[]]>([
        ['(uid=ADA)', ['ada']],
        ['(&(sn=*)(!(uid=ada)))', ['bob', 'eve']],
        ['(|(uid=ada)(mail=bob@EXAMPLE.org))', ['ada', 'bob']],
        ['(mail=*@example.org)', ['ada', 'bob']],
        ['(mail=a*@*.org)', ['ada']],
        ['(description=foo bar baz)', ['ada']],
        ['(description=foo*bar*z)', ['ada']],
        ['(description=*bar*foo*)', []],
        ['(description=\\28x\\29 \\2a \\5c)', ['eve']],
        ['(description=*\\2a*)', ['eve']],
        ['(title=*)', ['bob']],
        ['(!(title=*))', ['ada', 'eve']],
        ['(!(title=boss))', ['ada', 'eve']],
        ['(objectClass=person)', ['ada', 'bob', 'eve']],
        ['(objectClass=inetorgperson)', ['ada', 'bob', 'eve']],
        ['(name=ada)', ['ada']],
        ['(uidNumber=10)', ['bob']],
        ['(uidNumber>=9)', ['bob', 'eve']],
        ['(uidNumber<=9)', ['eve']],
        ['(cn~=bob)', ['bob']],
        ['(telephoneNumber=+420-12 34)', ['eve']],
        // What cannot be told is neither true nor false.
        ['(nonsense=x)', []],
        ['(!(nonsense=x))', []],
        ['(|(nonsense=x)(uid=ada))', ['ada']],
        ['(!(objectClass=nonsense))', []],
        ['(!(cn>=a))', []],
        ['(!(jpegPhoto=x))', []],
        ['(!(uidNumber=ten))', []],
        ['(modifyTimestamp>=20200101000000Z)', ['ada', 'bob', 'eve']],
        ['(modifyTimestamp<=20200101000000Z)', []],
      ])('%s finds %j', async (filter, uids) => {
        const posix = { objectClass: ['inetOrgPerson', 'posixAccount'], gidNumber: '1', homeDirectory: '/' };
        await addPerson('ada', { mail: 'Ada@example.org', description: 'Foo  Bar   Baz' });
        await addPerson('bob', { ...posix, mail: 'bob@example.org', title: 'Boss', uidNumber: '10' });
        await addPerson('eve', {
          ...posix,
          description: '(x) * \\',
          uidNumber: '9',
          telephoneNumber: '+420 1234',
        });
        expect(
          await uidsOf(
            new AndFilter({
              filters: [new PresenceFilter({ attribute: 'uid' }), FilterParser.parseString(filter)],
            }),
          ),
        ).toEqual(uids);
      });

      it('finds groups by a member, however it is spelled', async () => {
        const ada = await addPerson('ada');
        const group = `cn=group,${unit}`;
        await admin.add(group, {
          objectClass: 'groupOfNames',
          cn: 'group',
          member: [ada, 'CN=Foo\\2c Bar + uid = X,dc=x'],
        });
        const byMember = (value: string): Promise<Entry[]> =>
          find(unit, new EqualityFilter({ attribute: 'member', value }));
        expect(await byMember(ada.toUpperCase().replaceAll(',', ' , '))).toHaveLength(1);
        expect(await byMember('uid=x+cn="foo, bar",dc=X')).toHaveLength(1);
        expect(await byMember(unit)).toHaveLength(0);
        expect((await read(group, ['member']))['member']).toEqual([ada, 'cn=Foo\\2C Bar+uid=X,dc=x']);
        expect(await codeOf(admin.modify(group, add('member', ada.toUpperCase())))).toBe(20);
        expect(await codeOf(admin.modify(group, add('member', 'nonsense=x')))).toBe(21);
        expect(await codeOf(admin.modify(group, replace('member')))).toBe(65);
      });

      it('finds an entry by its entryUUID and its entryDN', async () => {
        const dn = await addPerson('ada');
        const { entryUUID } = await read(dn, ['entryUUID']);
        expect(await uidsOf(`(entryUUID=${String(entryUUID).toUpperCase()})`)).toEqual(['ada']);
        expect(await uidsOf(new EqualityFilter({ attribute: 'entryDN', value: dn.toUpperCase() }))).toEqual([
          'ada',
        ]);
        expect(await uidsOf(new NotFilter({ filter: FilterParser.parseString('(entryUUID=x)') }))).toEqual(
          [],
        );
      });

      it('stops at the size limit with 4', async () => {
        for (const uid of ['a', 'b', 'c']) await addPerson(uid);
        const raw = await openRaw(server.url);
        raw.send(bindRequest(1, server.bindDn, server.password));
        await raw.next();
        const filter = new PresenceFilter({ attribute: 'uid' });
        raw.send(new SearchRequest({ messageId: 2, baseDN: unit, filter, sizeLimit: 2 }).write());
        const responses = [await raw.next(), await raw.next(), await raw.next()];
        raw.close();
        expect(responses).toMatchObject([{ tag: 0x64 }, { tag: 0x64 }, { tag: 0x65, code: 4 }]);
      });

      it('tells how much of a name exists', async () => {
        const raw = await openRaw(server.url);
        raw.send(bindRequest(1, server.bindDn, server.password));
        await raw.next();
        const filter = new PresenceFilter({ attribute: 'objectClass' });
        raw.send(new SearchRequest({ messageId: 2, baseDN: `uid=x,ou=missing,${unit}`, filter }).write());
        raw.send(new SearchRequest({ messageId: 3, baseDN: 'dc=elsewhere', filter }).write());
        expect(await raw.next()).toMatchObject({ id: 2, code: 32, matchedDn: unit });
        expect(await raw.next()).toMatchObject({ id: 3, code: 32, matchedDn: '' });
        raw.close();
      });
    });

    describe('paged results', () => {
      async function addPeople(count: number): Promise<void> {
        await Promise.all(Array.from({ length: count }, (_, index) => addPerson(`p${index}`)));
      }

      async function pages(pageSize: number, sizeLimit?: number): Promise<number[]> {
        const sizes: number[] = [];
        const options = {
          filter: '(uid=p*)',
          paged: { pageSize },
          ...(sizeLimit === undefined ? {} : { sizeLimit }),
        };
        for await (const page of admin.searchPaginated(unit, options)) sizes.push(page.searchEntries.length);
        return sizes;
      }

      it('hands out every entry once, with a last page that is not empty', async () => {
        await addPeople(25);
        expect(await pages(10)).toEqual([10, 10, 5]);
        expect(await pages(5)).toEqual([5, 5, 5, 5, 5]);
        expect(await pages(25)).toEqual([25]);
        expect(await pages(100)).toEqual([25]);
        const { searchEntries } = await admin.search(unit, { filter: '(uid=p*)', paged: { pageSize: 7 } });
        expect(new Set(searchEntries.map(({ dn }) => dn)).size).toBe(25);
      });

      it('counts all pages against the size limit', async () => {
        await addPeople(12);
        expect(await pages(5, 8)).toEqual([5, 3]);
      });

      it('goes on while entries are changed and deleted between the pages', async () => {
        await addPeople(9);
        const seen: string[] = [];
        for await (const page of admin.searchPaginated(unit, {
          filter: '(uid=p*)',
          paged: { pageSize: 3 },
        })) {
          seen.push(...page.searchEntries.map(({ dn }) => dn));
          for (const { dn } of page.searchEntries) await admin.modify(dn, replace('title', 'seen'));
          if (seen.length === 3) await admin.del(seen[0] ?? '');
        }
        expect(new Set(seen).size).toBe(9);
      });

      it('refuses a cookie it did not give with 2, one of a search that was left for another with 53', async () => {
        await addPeople(4);
        expect(await codeOf(admin.search(unit, {}, paged(2, Buffer.from('12345678'))))).toBe(2);
        const first = admin.searchPaginated(unit, { filter: '(uid=p*)', paged: { pageSize: 2 } });
        await first.next();
        await admin.searchPaginated(unit, { filter: '(uid=p*)', paged: { pageSize: 3 } }).next();
        expect(await codeOf(first.next())).toBe(53);
      });
    });

    describe('controls', () => {
      const equal = (attribute: string, value: string): AssertionControl =>
        new AssertionControl(new EqualityFilter({ attribute, value }));

      it('an assertion that holds lets a write happen; one that does not answers 122', async () => {
        const dn = await addPerson('ada', { title: 'x' });
        await admin.modify(dn, replace('title', 'y'), equal('title', 'X'));
        expect(await codeOf(admin.modify(dn, replace('title', 'z'), equal('title', 'x')))).toBe(122);
        expect(await codeOf(admin.modify(dn, replace('title', 'z'), equal('nonsense', 'x')))).toBe(122);
        expect(await codeOf(admin.modifyDN(dn, 'uid=b', equal('title', 'x')))).toBe(122);
        expect(await codeOf(admin.compare(dn, 'uid', 'ada', equal('title', 'x')))).toBe(122);
        expect(await codeOf(admin.search(dn, { scope: 'base' }, equal('title', 'x')))).toBe(122);
        expect(await codeOf(admin.del(dn, equal('title', 'x')))).toBe(122);
        expect(await codeOf(admin.del(`uid=nobody,${unit}`, equal('title', 'x')))).toBe(32);
        expect(await read(dn, ['title'])).toMatchObject({ title: 'y' });
        await admin.del(dn, equal('title', 'y'));
      });

      it('an assertion guards a version of the entry', async () => {
        const dn = await addPerson('ada');
        const { entryCSN } = await read(dn, ['entryCSN']);
        await admin.modify(dn, replace('title', 'first'), equal('entryCSN', String(entryCSN)));
        expect(
          await codeOf(admin.modify(dn, replace('title', 'second'), equal('entryCSN', String(entryCSN)))),
        ).toBe(122);
      });

      it('post-read tells the identifiers of a new entry', async () => {
        const dn = `uid=ada,${unit}`;
        const control = new ReadEntryControl('after', ['entryUUID', 'entryCSN', 'cn']);
        await admin.add(dn, person('ada'), control);
        expect(control.entry).toEqual(await read(dn, ['entryUUID', 'entryCSN', 'cn']));
      });

      it('pre-read and post-read tell both sides of a modify and a rename', async () => {
        const dn = await addPerson('ada');
        const controls = [new ReadEntryControl('before', ['sn']), new ReadEntryControl('after', ['sn'])];
        await admin.modify(dn, replace('sn', 'Lovelace'), controls);
        expect(controls.map(({ entry }) => entry)).toEqual([
          { dn, sn: 'ada' },
          { dn, sn: 'Lovelace' },
        ]);
        const names = [new ReadEntryControl('before', ['uid']), new ReadEntryControl('after', ['uid'])];
        await admin.modifyDN(dn, 'uid=bob', names);
        expect(names.map(({ entry }) => entry)).toEqual([
          { dn, uid: 'ada' },
          { dn: `uid=bob,${unit}`, uid: 'bob' },
        ]);
      });

      it('pre-read tells what a delete took away', async () => {
        const control = new ReadEntryControl('before', ['sn']);
        const dn = await addPerson('ada');
        await admin.del(dn, control);
        expect(control.entry).toEqual({ dn, sn: 'ada' });
      });

      it('a failed write brings no entry', async () => {
        const control = new ReadEntryControl('after', ['sn']);
        await addPerson('ada');
        expect(await codeOf(admin.add(`uid=ada,${unit}`, person('ada'), control))).toBe(68);
        expect(control.entry).toBeUndefined();
      });

      it('a critical control that is unknown or out of place is refused with 12, one that is not critical ignored', async () => {
        const dn = await addPerson('ada');
        const change = replace('title', 'x');
        expect(await codeOf(admin.modify(dn, change, new RawControl('1.2.3.4', undefined)))).toBe(12);
        expect(await codeOf(admin.search(dn, {}, new RawControl('1.2.3.4', undefined)))).toBe(12);
        expect(await codeOf(admin.modify(dn, change, paged(5, Buffer.alloc(0))))).toBe(12);
        expect(await read(dn, ['title'])).toMatchObject({ title: [] });
        await admin.modify(dn, change, new RawControl('1.2.3.4', undefined, false));
        expect(await read(dn, ['title'])).toMatchObject({ title: 'x' });
      });

      it('a control without its value, or given twice, is refused with 2', async () => {
        const dn = await addPerson('ada');
        const change = replace('title', 'x');
        expect(await codeOf(admin.modify(dn, change, new RawControl('1.3.6.1.1.12', undefined)))).toBe(2);
        expect(await codeOf(admin.modify(dn, change, [equal('uid', 'ada'), equal('uid', 'ada')]))).toBe(2);
      });
    });

    describe('a connection', () => {
      it('carries many requests at once', async () => {
        const added = Array.from({ length: 60 }, (_, index) => addPerson(`p${index}`));
        const found = Array.from({ length: 60 }, () => read(unit));
        expect((await Promise.all([...added, ...found])).length).toBe(120);
        expect(await uidsOf('(uid=*)')).toHaveLength(60);
      });

      it('answers 2 to an extended operation it does not have', async () => {
        expect(await codeOf(admin.exop('1.2.3.4'))).toBe(2);
        expect(await codeOf(open().startTLS())).toBe(2);
      });
    });
  });
}

class Increment extends Change {
  constructor(type: string, by: string) {
    super({ operation: 'add', modification: new Attribute({ type, values: [by] }) });
  }

  /** ldapts has no name for operation 3 (RFC 4525). */
  override write(writer: BerWriter): void {
    writer.startSequence();
    writer.writeEnumeration(3);
    this.modification.write(writer);
    writer.endSequence();
  }
}

function person(
  uid: string,
  more: Record<string, string | string[]> = {},
): Record<string, string | string[]> {
  return { objectClass: 'inetOrgPerson', uid, cn: uid, sn: uid, ...more };
}

function attributes(values: Record<string, string | string[]>): Attribute[] {
  return Object.entries(values).map(([type, value]) => new Attribute({ type, values: [value].flat() }));
}

function changeOf(
  operation: 'add' | 'delete' | 'replace',
  type: string,
  values: (string | Buffer)[],
): Change {
  return new Change({ operation, modification: new Attribute({ type, values: values as string[] }) });
}

function add(type: string, ...values: (string | Buffer)[]): Change {
  return changeOf('add', type, values);
}

function remove(type: string, ...values: (string | Buffer)[]): Change {
  return changeOf('delete', type, values);
}

function replace(type: string, ...values: (string | Buffer)[]): Change {
  return changeOf('replace', type, values);
}

function paged(size: number, cookie: Buffer): RawControl {
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeInt(size);
  writer.writeBuffer(cookie, 0x04);
  writer.endSequence();
  return new RawControl(PAGED_RESULTS, writer.buffer);
}

/** The result code of an operation, 0 for success. */
async function codeOf(operation: Promise<unknown>): Promise<number> {
  try {
    await operation;
    return 0;
  } catch (error) {
    if (error instanceof ResultCodeError) return error.code;
    throw error;
  }
}

function escapeByHand(value: string): string {
  return value.replaceAll(/[,+"\\<>;=]|^[# ]| $/g, (character) => `\\${character}`);
}

function depthOf(dn: string): number {
  return dn.split(/(?<!\\),/).length;
}
