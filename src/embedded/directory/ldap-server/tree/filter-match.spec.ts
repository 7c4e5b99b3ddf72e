import { describe, expect, it } from '@jest/globals';
import { BerWriter, FilterParser } from 'ldapts';
import { BerReader } from '../protocol/ber.js';
import { readFilter } from '../protocol/filter.js';
import type { Filter } from '../protocol/filter.js';
import { Schema } from '../schema/schema.js';
import { standardAttributes } from '../schema/standard-attributes.js';
import { standardClasses } from '../schema/standard-classes.js';
import { newEntry } from './modification.js';
import { compileFilter, requiredValues } from './filter-match.js';

const schema = new Schema(standardAttributes, standardClasses);
const entry = newEntry(
  schema,
  Object.entries({
    objectClass: ['inetOrgPerson', 'posixAccount'],
    cn: ['Žofie Nová', 'Zofie'],
    sn: ['Nová'],
    description: ['(x) * \\'],
    uidNumber: ['10'],
    mail: ['abcabc@example.org'],
    jpegPhoto: ['x'],
  }).map(([name, values]) => ({ name, values: values.map((value) => Buffer.from(value)) })),
  [{ type: 'uid', value: Buffer.from('zofie') }],
);

function parse(text: string): Filter {
  const writer = new BerWriter();
  FilterParser.parseString(text).write(writer);
  return readFilter(new BerReader(writer.buffer));
}

function evaluate(filter: Filter): boolean | undefined {
  return compileFilter(filter, schema)((type) => entry.get(type.name));
}

describe('a filter', () => {
  it.each<[string, boolean | undefined]>([
    ['(cn=žofie nová)', true],
    ['(commonName=ZOFIE)', true],
    ['(cn=Nová)', false],
    ['(name=nová)', true],
    ['(title=x)', false],
    ['(title=*)', false],
    ['(jpegPhoto=*)', true],
    ['(cn=ž*)', true],
    ['(cn=*á)', true],
    ['(cn=*fie*)', true],
    ['(cn=zofie*zofie)', false],
    ['(mail=abc*abc@*)', true],
    ['(mail=abcab*cabc@*)', false],
    ['(mail=*abc*abc*abc*)', false],
    ['(description=*\\2a*)', true],
    ['(description=\\28X\\29*)', true],
    ['(uidNumber>=9)', true],
    ['(uidNumber>=11)', false],
    ['(uidNumber<=10)', true],
    ['(objectClass=person)', true],
    ['(objectClass=2.5.6.6)', true],
    ['(objectClass=organizationalUnit)', false],
    // Neither true nor false.
    ['(nonsense=x)', undefined],
    ['(nonsense=*)', undefined],
    ['(!(nonsense=x))', undefined],
    ['(uidNumber=ten)', undefined],
    ['(objectClass=nonsense)', undefined],
    ['(jpegPhoto=x)', undefined],
    ['(cn>=a)', undefined],
    ['(uidNumber=1*)', undefined],
    ['(cn:caseExactMatch:=x)', undefined],
    // Three-valued logic.
    ['(&(nonsense=x)(title=x))', false],
    ['(&(nonsense=x)(cn=*))', undefined],
    ['(|(nonsense=x)(cn=*))', true],
    ['(|(nonsense=x)(title=x))', undefined],
    ['(!(|(nonsense=x)(title=x)))', undefined],
    ['(!(&(nonsense=x)(title=x)))', true],
  ])('%s is %s', (text, truth) => {
    expect(evaluate(parse(text))).toBe(truth);
  });

  it('without parts is true as a conjunction, false as a disjunction (RFC 4526)', () => {
    expect(evaluate({ kind: 'and', parts: [] })).toBe(true);
    expect(evaluate({ kind: 'or', parts: [] })).toBe(false);
  });

  it('names the values that every matching entry has', () => {
    const required = (text: string): string[] =>
      requiredValues(parse(text), schema).map(({ type, key }) => `${type.name}:${key}`);
    expect(required('(&(objectClass=person)(&(UID=A)(mail=*)))')).toEqual(['objectClass:2.5.6.6', 'uid:a']);
    expect(required('(|(uid=a)(uid=b))')).toEqual([]);
    expect(required('(!(uid=a))')).toEqual([]);
    expect(required('(nonsense=a)')).toEqual([]);
  });
});
