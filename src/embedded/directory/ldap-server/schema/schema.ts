// Attribute types and object classes, looked up by any of their names, and the rules of their values.
import { formatDn, parseDn } from './dn.js';
import type { Rdn } from './dn.js';
import { parseAttribute, parseClass } from './definition.js';
import type { AttributeDefinition, ClassDefinition, ClassKind } from './definition.js';
import { isKnownEquality, normaliseForEquality } from './matching-rule.js';
import type { NameNormaliser } from './matching-rule.js';
import { checkSyntax, DN } from './syntax.js';
import type { SchemaNames } from './syntax.js';

/** A kind of attribute, with what it inherits. */
export interface AttributeType {
  /** The first of its names: how it is stored and answered. */
  readonly name: string;
  readonly superior?: AttributeType;
  /** Absent: values of this type cannot be compared. */
  readonly equality?: string;
  readonly ordering?: string;
  readonly substring?: string;
  readonly syntax: string;
  readonly singleValue: boolean;
  readonly userModifiable: boolean;
  readonly operational: boolean;
}

/** A kind of entry, with what it inherits. */
export interface ObjectClass {
  readonly name: string;
  readonly oid: string;
  readonly kind: ClassKind;
  /** Itself and every class above it. */
  readonly lineage: ReadonlySet<ObjectClass>;
  /** Inherited ones included. */
  readonly must: ReadonlySet<AttributeType>;
  readonly may: ReadonlySet<AttributeType>;
}

export class Schema implements SchemaNames, NameNormaliser {
  readonly #attributes = new Map<string, AttributeType>();
  readonly #classes = new Map<string, ObjectClass>();
  readonly #subtypes = new Map<AttributeType, AttributeType[]>();

  /** Takes descriptions of RFC 4512 §4.1; throws at one that refers to something not defined before it. */
  constructor(
    readonly attributeDescriptions: readonly string[],
    readonly classDescriptions: readonly string[],
  ) {
    for (const text of attributeDescriptions) this.#defineAttribute(parseAttribute(text));
    for (const text of classDescriptions) this.#defineClass(parseClass(text));
  }

  /** By any name or the OID; options such as `;lang-de` belong to no type known here. */
  attribute(name: string): AttributeType | undefined {
    return this.#attributes.get(name.toLowerCase());
  }

  objectClass(name: string): ObjectClass | undefined {
    return this.#classes.get(name.toLowerCase());
  }

  /** The type itself and every type derived from it. */
  withSubtypes(type: AttributeType): readonly AttributeType[] {
    return this.#subtypes.get(type) ?? [type];
  }

  checkValue(type: AttributeType, value: Buffer): ReturnType<typeof checkSyntax> {
    return checkSyntax(type.syntax, value, this);
  }

  /**
   * The text under which equal values of this type are the same; undefined when the type has no
   * equality rule or the value is none of its syntax.
   */
  keyOf(type: AttributeType, value: Buffer): string | undefined {
    if (type.equality === undefined || this.checkValue(type, value) !== 'valid') return undefined;
    return normaliseForEquality(type.equality, value, this);
  }

  isKnownClass(name: string): boolean {
    return this.objectClass(name) !== undefined;
  }

  classOid(name: string): string | undefined {
    return this.objectClass(name)?.oid;
  }

  isValidName(rdns: readonly Rdn[]): boolean {
    return this.normaliseName(rdns) !== undefined;
  }

  normaliseName(rdns: readonly Rdn[]): string | undefined {
    const keys = rdns.map((rdn) => this.rdnKey(rdn));
    return keys.includes(undefined) ? undefined : keys.join(',');
  }

  /**
   * The text under which equal relative names are the same: order, case and spaces gone. Undefined
   * when a type is unknown, stands twice, or its value is not of its syntax.
   */
  rdnKey(rdn: Rdn): string | undefined {
    const parts = new Map<AttributeType, string>();
    for (const { type: name, value } of rdn) {
      const type = this.attribute(name);
      const key = type && (value.length === 0 ? undefined : this.#namingKey(type, value));
      if (type === undefined || key === undefined || parts.has(type)) return undefined;
      parts.set(type, key);
    }
    return [...parts]
      .map(([type, key]) => `${type.name}=${key.replaceAll(/[\\,+]/g, '\\$&')}`)
      .toSorted()
      .join('+');
  }

  /** The value as it is stored: a name is written in one way, anything else stays as it came. */
  pretty(type: AttributeType, value: Buffer): Buffer {
    const name = type.syntax === DN ? parseDn(value.toString()) : undefined;
    return name === undefined ? value : Buffer.from(this.prettyName(name));
  }

  /** Every type in its first spelling, every value escaped in one way. */
  prettyName(name: readonly Rdn[]): string {
    return formatDn(name.map((rdn) => this.prettyRdn(rdn)));
  }

  prettyRdn(rdn: Rdn): Rdn {
    return rdn
      .map(({ type, value }) => ({ type: this.attribute(type)?.name ?? type, value }))
      .toSorted((left, right) => (left.type < right.type ? -1 : 1));
  }

  #namingKey(type: AttributeType, value: Buffer): string | undefined {
    if (type.equality !== undefined) return this.keyOf(type, value);
    return this.checkValue(type, value) === 'valid' ? value.toString('latin1') : undefined;
  }

  #defineAttribute(definition: AttributeDefinition): void {
    const { oid, names, singleValue, userModifiable, operational } = definition;
    const name = names[0] ?? oid;
    const superior = definition.superior === undefined ? undefined : this.attribute(definition.superior);
    if (definition.superior !== undefined && superior === undefined)
      throw undefinedBefore(name, definition.superior);
    const syntax = definition.syntax ?? superior?.syntax;
    if (syntax === undefined) throw new Error(`Attribute type ${name} has no syntax`);
    const equality = definition.equality ?? superior?.equality;
    const ordering = definition.ordering ?? superior?.ordering;
    const substring = definition.substring ?? superior?.substring;
    const type: AttributeType = {
      name,
      syntax,
      singleValue,
      userModifiable,
      operational,
      ...(superior === undefined ? {} : { superior }),
      ...(isKnownEquality(equality) ? { equality } : {}),
      ...(ordering === undefined ? {} : { ordering }),
      ...(substring === undefined ? {} : { substring }),
    };
    for (const key of [oid, ...names]) this.#attributes.set(key.toLowerCase(), type);
    for (let above: AttributeType | undefined = type; above !== undefined; above = above.superior) {
      this.#subtypes.set(above, [...(this.#subtypes.get(above) ?? []), type]);
    }
  }

  #defineClass({ oid, names, kind, superiors, must, may }: ClassDefinition): void {
    const name = names[0] ?? oid;
    const above = superiors.map((superior) => {
      const found = this.objectClass(superior);
      if (found === undefined) throw undefinedBefore(name, superior);
      return found;
    });
    const types = (list: readonly string[]): AttributeType[] =>
      list.map((attribute) => {
        const found = this.attribute(attribute);
        if (found === undefined) throw undefinedBefore(name, attribute);
        return found;
      });
    const lineage = new Set<ObjectClass>();
    const objectClass: ObjectClass = {
      name,
      oid,
      kind,
      lineage,
      must: new Set([...above.flatMap((superior) => [...superior.must]), ...types(must)]),
      may: new Set([...above.flatMap((superior) => [...superior.may]), ...types(may)]),
    };
    for (const member of [objectClass, ...above.flatMap((superior) => [...superior.lineage])])
      lineage.add(member);
    for (const key of [oid, ...names]) this.#classes.set(key.toLowerCase(), objectClass);
  }
}

function undefinedBefore(name: string, missing: string): Error {
  return new Error(`The schema of ${name} refers to ${missing}, which is not defined before it`);
}
