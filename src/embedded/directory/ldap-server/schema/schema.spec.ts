import { describe, expect, it } from '@jest/globals';
import { parseDn } from './dn.js';
import { Schema } from './schema.js';
import { standardAttributes } from './standard-attributes.js';
import { standardClasses } from './standard-classes.js';
import { checkSyntax } from './syntax.js';

const schema = new Schema(standardAttributes, standardClasses);

function keyOf(attribute: string, value: string): string | undefined {
  const type = schema.attribute(attribute);
  return type && schema.keyOf(type, Buffer.from(value));
}

describe('the standard schema', () => {
  it('knows a type by every name and by its OID', () => {
    const cn = schema.attribute('cn');
    expect(cn?.name).toBe('cn');
    for (const name of ['CN', 'commonName', '2.5.4.3']) expect(schema.attribute(name)).toBe(cn);
    expect(schema.attribute('cn;lang-de')).toBeUndefined();
  });

  it('inherits syntax and rules from the superior type', () => {
    expect(schema.attribute('sn')).toMatchObject({ equality: 'caseIgnoreMatch', singleValue: false });
    expect(schema.attribute('member')?.equality).toBe('distinguishedNameMatch');
    const name = schema.attribute('name');
    expect(name && schema.withSubtypes(name).map((type) => type.name)).toEqual(
      expect.arrayContaining(['name', 'cn', 'sn', 'givenName', 'c']),
    );
  });

  it.each(['displayName', 'employeeNumber', 'preferredLanguage', 'dc', 'uidNumber'])(
    'allows one value of %s',
    (name) => {
      expect(schema.attribute(name)?.singleValue).toBe(true);
    },
  );

  it('gives a class what the classes above it have', () => {
    const inetOrgPerson = schema.objectClass('INETORGPERSON');
    const names = [...(inetOrgPerson?.lineage ?? [])].map(({ name }) => name);
    expect(names).toEqual(['inetOrgPerson', 'organizationalPerson', 'person', 'top']);
    expect([...(inetOrgPerson?.must ?? [])].map(({ name }) => name).toSorted()).toEqual([
      'cn',
      'objectClass',
      'sn',
    ]);
  });

  it('has a rule it can evaluate for every type that can name an entry', () => {
    for (const name of [
      'cn',
      'uid',
      'ou',
      'o',
      'dc',
      'c',
      'l',
      'st',
      'sn',
      'mail',
      'uidNumber',
      'entryUUID',
    ]) {
      expect([name, schema.attribute(name)?.equality]).toEqual([name, expect.any(String)]);
    }
  });
});

describe('a schema', () => {
  it('refuses a reference to what is not defined before it', () => {
    expect(() => new Schema(["( 1.1 NAME 'a' SUP b )"], [])).toThrow('The schema of a refers to b');
    expect(() => new Schema([], ["( 1.2 NAME 'c' MUST a )"])).toThrow('The schema of c refers to a');
    expect(() => new Schema(["1.1 NAME 'a'"], [])).toThrow('Not a schema description');
  });
});

describe('keyOf', () => {
  it.each<[string, string, string]>([
    ['cn', 'Žofie  Nová', ' žofie nová '],
    ['cn', 'ﬁ', 'FI'],
    ['cn', 'é', 'e\u0301'],
    ['cn', 'ΟΔΥΣΣΕΥΣ', 'οδυσσευς'],
    ['cn', 'a\u00a0b', 'A B'],
    ['mail', 'A@Example.org', 'a@example.ORG'],
    ['telephoneNumber', '+420 123-456', '+420123456'],
    ['member', 'UID=A , DC=X', 'uid=a,dc=x'],
    ['member', 'cn=a+sn=b', 'SN=B+CN=A'],
    ['member', 'cn="a, b"', 'cn=a\\2C b'],
    ['objectClass', 'person', '2.5.6.6'],
    ['entryUUID', 'AAAAAAAA-0000-0000-0000-00000000000b', 'aaaaaaaa-0000-0000-0000-00000000000B'],
  ])('%s: %j and %j are the same', (attribute, left, right) => {
    expect(keyOf(attribute, left)).toBeDefined();
    expect(keyOf(attribute, left)).toBe(keyOf(attribute, right));
  });

  it.each<[string, string, string]>([
    ['cn', 'a b', 'ab'],
    ['cn', 'e', 'é'],
    ['homeDirectory', '/home/A', '/home/a'],
    ['userPassword', 'A', 'a'],
    ['labeledURI', 'http://x/A', 'http://x/a'],
    ['member', 'cn=a,dc=x', 'cn=a\\2Cdc=x'],
    ['member', 'cn=a+sn=b', 'cn=a\\+sn\\=b'],
  ])('%s: %j and %j differ', (attribute, left, right) => {
    expect(keyOf(attribute, left)).not.toBe(keyOf(attribute, right));
  });

  it.each([
    ['jpegPhoto', 'x'],
    ['cn', ''],
    ['uidNumber', '01'],
    ['member', 'nonsense=a'],
    ['objectClass', 'nonsense'],
  ])('%s has none for %j', (attribute, value) => {
    expect(keyOf(attribute, value)).toBeUndefined();
  });
});

describe('rdnKey', () => {
  it('is undefined for a type that stands twice or has no value', () => {
    for (const text of ['cn=a+cn=b', 'cn=a+commonName=b', 'cn=', 'nonsense=a']) {
      expect(parseDn(text)?.map((rdn) => schema.rdnKey(rdn))).toEqual([undefined]);
    }
  });
});

describe('checkSyntax', () => {
  it.each<[string, string, string]>([
    ['telephoneNumber', '+420 (2) 1', 'valid'],
    ['telephoneNumber', 'ž', 'invalid'],
    ['mail', '', 'valid'],
    ['mail', 'ž@x', 'invalid'],
    ['c', 'CZ', 'valid'],
    ['c', 'CZE', 'invalid'],
    ['manager', '', 'valid'],
    ['uniqueMember', "cn=a#'01'B", 'valid'],
    ['uniqueMember', 'a', 'invalid'],
    ['createTimestamp', '20260101120000Z', 'valid'],
    ['createTimestamp', '2026-01-01', 'invalid'],
    ['photo', 'x', 'no-validator'],
  ])('%s %j is %s', (attribute, value, verdict) => {
    expect(checkSyntax(schema.attribute(attribute)?.syntax ?? '', Buffer.from(value), schema)).toBe(verdict);
  });
});
