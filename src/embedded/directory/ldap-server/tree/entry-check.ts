// Whether an entry as a whole is one the schema allows (RFC 4512 §2.4 and §2.5), with OpenLDAP's answers.
import { LdapFailure, ResultCode } from '../protocol/result.js';
import type { Rdn } from '../schema/dn.js';
import type { ObjectClass, Schema } from '../schema/schema.js';
import type { Entry } from './entry.js';
import { textsOf } from './entry.js';

/**
 * Throws `LdapFailure` 65, 64 or 19 for an entry that may not be; otherwise answers its structural class.
 * `previous` is the structural class before the change: another one is refused with 69.
 */
export function checkEntry(schema: Schema, entry: Entry, rdn: Rdn, previous?: string): string {
  const classes = textsOf(entry, 'objectClass').flatMap((name) => schema.objectClass(name) ?? []);
  if (classes.length === 0) throw violation('no objectClass attribute');
  const structural = structuralClass(classes);
  if (previous !== undefined && structural.name !== previous) {
    throw new LdapFailure(
      ResultCode.objectClassModsProhibited,
      `structural object class modification from '${previous}' to '${structural.name}' not allowed`,
    );
  }
  checkNaming(schema, entry, rdn);
  checkAttributes(entry, classes);
  return structural.name;
}

function structuralClass(classes: readonly ObjectClass[]): ObjectClass {
  const structural = classes.filter(({ kind }) => kind === 'structural');
  const [first, ...others] = structural;
  if (first === undefined) throw violation('no structural object class provided');
  // The most specific one has all the others above it.
  const lowest = others.reduce((low, other) => (other.lineage.has(low) ? other : low), first);
  const stranger = structural.find((other) => !lowest.lineage.has(other));
  if (stranger !== undefined) {
    throw violation(`invalid structural object class chain (${lowest.name}/${stranger.name})`);
  }
  return lowest;
}

function checkAttributes(entry: Entry, classes: readonly ObjectClass[]): void {
  for (const { name, must } of classes) {
    for (const type of must) {
      if (!entry.has(type.name)) throw violation(`object class '${name}' requires attribute '${type.name}'`);
    }
  }
  const anything = classes.some(({ name }) => name === 'extensibleObject');
  for (const { type, values } of entry.values()) {
    if (type.singleValue && values.length > 1) {
      const message = `attribute '${type.name}' cannot have multiple values`;
      throw new LdapFailure(ResultCode.constraintViolation, message);
    }
    const allowed =
      anything || type.operational || classes.some(({ must, may }) => must.has(type) || may.has(type));
    if (!allowed) throw violation(`attribute '${type.name}' not allowed`);
  }
}

function checkNaming(schema: Schema, entry: Entry, rdn: Rdn): void {
  for (const { type: name, value } of rdn) {
    const type = schema.attribute(name);
    const attribute = type && entry.get(type.name);
    if (type === undefined || attribute === undefined) {
      throw new LdapFailure(ResultCode.namingViolation, `naming attribute '${name}' is not present in entry`);
    }
    const key = schema.keyOf(type, value);
    if (type.operational || key === undefined) {
      throw new LdapFailure(ResultCode.namingViolation, `attribute '${type.name}' cannot name an entry`);
    }
    if (!attribute.keys?.includes(key)) {
      const message = `value of naming attribute '${type.name}' is not present in entry`;
      throw new LdapFailure(ResultCode.namingViolation, message);
    }
  }
}

function violation(message: string): LdapFailure {
  return new LdapFailure(ResultCode.objectClassViolation, message);
}
