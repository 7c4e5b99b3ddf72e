// The two entries in which a directory server describes itself: the root DSE and the subschema (RFC 4512 §4.2, §5.1).
import { supportedControls } from './protocol/controls.js';
import type { Schema } from './schema/schema.js';
import type { Entry } from './tree/entry.js';
import { SUBSCHEMA_DN, textAttribute, viewEntry } from './view.js';
import type { VisibleEntry } from './view.js';

/** The extended operation of RFC 4532. */
export const WHO_AM_I = '1.3.6.1.4.1.4203.1.11.3';
const ALL_OPERATIONAL_ATTRIBUTES = '1.3.6.1.4.1.4203.1.5.1';
const MODIFY_INCREMENT = '1.3.6.1.1.14';

/** What the server can do and which tree it has. */
export function rootDse(schema: Schema, baseDn: string): VisibleEntry {
  return viewEntry(
    '',
    describe(schema, {
      objectClass: ['top', 'extensibleObject'],
      namingContexts: [baseDn],
      supportedControl: supportedControls,
      supportedExtension: [WHO_AM_I],
      supportedFeatures: [MODIFY_INCREMENT, ALL_OPERATIONAL_ATTRIBUTES],
      supportedLDAPVersion: ['3'],
      subschemaSubentry: [SUBSCHEMA_DN],
      vendorName: ['Provost'],
    }),
  );
}

/** The schema, as its descriptions were given. */
export function subschema(schema: Schema): VisibleEntry {
  return viewEntry(
    SUBSCHEMA_DN,
    describe(schema, {
      objectClass: ['top', 'extensibleObject'],
      cn: ['Subschema'],
      attributeTypes: schema.attributeDescriptions,
      objectClasses: schema.classDescriptions,
    }),
  );
}

function describe(schema: Schema, attributes: Readonly<Record<string, readonly string[]>>): Entry {
  return new Map(
    Object.entries(attributes).flatMap(([name, texts]) => {
      const type = schema.attribute(name);
      return type === undefined ? [] : [[name, textAttribute(schema, type, texts)] as const];
    }),
  );
}
