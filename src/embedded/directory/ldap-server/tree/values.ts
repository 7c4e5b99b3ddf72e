// The checks every value passes before it may enter an entry, with the answers OpenLDAP gives.
import { LdapFailure, ResultCode } from '../protocol/result.js';
import type { AttributeType, Schema } from '../schema/schema.js';
import { entryAttribute } from './entry.js';
import type { EntryAttribute } from './entry.js';

/** Throws `LdapFailure` 17 for a type the schema does not have. */
export function knownType(schema: Schema, name: string): AttributeType {
  const type = schema.attribute(name);
  if (type !== undefined) return type;
  if (name.includes(';')) {
    throw new LdapFailure(ResultCode.undefinedAttributeType, `${name}: attribute options are not supported`);
  }
  throw new LdapFailure(ResultCode.undefinedAttributeType, `${name}: attribute type undefined`);
}

/** Throws 21 for a value outside the syntax. */
export function checkSyntax(schema: Schema, type: AttributeType, values: readonly Buffer[]): void {
  for (const [index, value] of values.entries()) {
    const verdict = schema.checkValue(type, value);
    if (verdict === 'valid') continue;
    const reason =
      verdict === 'invalid' ? `value #${index} invalid per syntax` : `no validator for syntax ${type.syntax}`;
    throw new LdapFailure(ResultCode.invalidAttributeSyntax, `${type.name}: ${reason}`);
  }
}

/** The values as an attribute. Throws 17, 21; 19 for several values of a single-valued type; 20 for equal ones. */
export function checkedAttribute(schema: Schema, name: string, values: readonly Buffer[]): EntryAttribute {
  const type = knownType(schema, name);
  checkSyntax(schema, type, values);
  if (type.singleValue && values.length > 1) {
    throw new LdapFailure(ResultCode.constraintViolation, `${type.name}: multiple values provided`);
  }
  const attribute = entryAttribute(
    schema,
    type,
    values.map((value) => schema.pretty(type, value)),
  );
  const last = new Map(attribute.keys?.map((key, index) => [key, index]));
  const repeated = attribute.keys?.findIndex((key, index) => last.get(key) !== index) ?? -1;
  if (repeated >= 0) {
    const message = `${type.name}: value #${repeated} provided more than once`;
    throw new LdapFailure(ResultCode.attributeOrValueExists, message);
  }
  return attribute;
}

/** Throws 19 for a type that the server keeps itself. */
export function checkUserModifiable(types: Iterable<AttributeType>): void {
  for (const { name, userModifiable } of types) {
    if (!userModifiable) {
      throw new LdapFailure(ResultCode.constraintViolation, `${name}: no user modification allowed`);
    }
  }
}
