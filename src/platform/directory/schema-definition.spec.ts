import { describe, expect, it } from '@jest/globals';
import { DirectorySchema } from './directory-schema.js';
import { parseAttributeType, parseObjectClass } from './schema-definition.js';

const TOP = "( 2.5.6.0 NAME 'top' DESC 'top of the superclass chain' ABSTRACT MUST objectClass )";
const PERSON = "( 2.5.6.6 NAME 'person' SUP top STRUCTURAL MUST ( sn $ cn ) MAY ( userPassword $ seeAlso ) )";
const CHILD =
  "( 1.1.1 NAME ( 'child' 'kid' ) DESC 'a (strange) $ one' SUP ( person $ 9.9 ) MAY ( sn $ mail ) X-ORIGIN 'x' )";
const NAME = "( 2.5.4.41 NAME 'name' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15{32768} )";
const CN = "( 2.5.4.3 NAME ( 'cn' 'commonName' ) SUP name )";
const UUID =
  "( 1.3.6.1.1.16.4 NAME 'entryUUID' SYNTAX 1.3.6.1.1.16.1 SINGLE-VALUE NO-USER-MODIFICATION USAGE directoryOperation )";

describe('a schema definition', () => {
  it('gives the parts of an object class, in one or several', () => {
    expect(parseObjectClass(PERSON)).toEqual({
      names: ['person', '2.5.6.6'],
      superiors: ['top'],
      must: ['sn', 'cn'],
      may: ['userPassword', 'seeAlso'],
    });
    expect(parseObjectClass(CHILD)).toMatchObject({
      names: ['child', 'kid', '1.1.1'],
      superiors: ['person', '9.9'],
      must: [],
    });
  });

  it('gives the parts of an attribute type', () => {
    expect(parseAttributeType(NAME)).toMatchObject({
      syntax: '1.3.6.1.4.1.1466.115.121.1.15',
      isSingleValued: false,
    });
    expect(parseAttributeType(UUID)).toMatchObject({ isSingleValued: true, isUserModifiable: false });
  });

  it.each(['', '(', '( )', 'person', "( 1.2 NAME ( 'a'", '( 1.2 NAME ('])(
    'is nothing when it is broken: %s',
    (text) => {
      expect(parseObjectClass(text)).toBeUndefined();
    },
  );
});

describe('a schema', () => {
  const isDefined = <Value>(one: Value | undefined): one is Value => one !== undefined;
  const schema = (...classes: string[]): DirectorySchema =>
    new DirectorySchema(
      classes.map(parseObjectClass).filter(isDefined),
      [NAME, CN, UUID].map(parseAttributeType).filter(isDefined),
    );

  it('adds what is inherited, each attribute once, by any name and case', () => {
    expect(schema(TOP, PERSON, CHILD).attributesOf('KID')).toEqual({
      must: ['sn', 'cn', 'objectClass'],
      may: ['mail', 'userPassword', 'seeAlso'],
    });
    expect(schema(CHILD).hasObjectClass('Child')).toBe(true);
    expect(schema(CHILD).hasObjectClass('person')).toBe(false);
  });

  it('inherits the syntax of an attribute', () => {
    expect(schema().attributeType('commonname')?.syntax).toBe('1.3.6.1.4.1.1466.115.121.1.15');
    expect(schema().attributeType('nothing')).toBeUndefined();
  });

  it('ends where classes are derived from each other', () => {
    const circle = schema("( 1.1 NAME 'a' SUP b MUST x )", "( 1.2 NAME 'b' SUP a MUST y )");

    expect(circle.attributesOf('a').must).toEqual(['x', 'y']);
  });
});
