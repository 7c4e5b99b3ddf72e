// A directory's schema as the connector contract shows it.
import type { DirectorySchema } from '../../../platform/directory/index.js';
import type { ObjectClass, SchemaAttribute } from '../../../provisioning/index.js';

/** Syntaxes of bytes (RFC 4517, RFC 4523): JPEG, certificates, lists and pairs of them, binary, audio. */
const BINARY_SYNTAXES: ReadonlySet<string> = new Set(
  [28, 8, 9, 10, 5, 4].map((number) => `1.3.6.1.4.1.1466.115.121.1.${number}`),
);

export function toObjectClass(
  schema: DirectorySchema,
  name: string,
  isBinary: (attribute: string) => boolean,
): ObjectClass {
  const { must, may } = schema.attributesOf(name);
  const toAttribute = (attribute: string, isRequired: boolean): SchemaAttribute => {
    const type = schema.attributeType(attribute);
    return {
      name: attribute,
      isRequired,
      isMultivalued: type?.isSingleValued !== true,
      isBinary: isBinary(attribute) || BINARY_SYNTAXES.has(type?.syntax ?? ''),
    };
  };
  return {
    name,
    attributes: [
      // The connector sends the object class itself.
      ...must.map((attribute) => toAttribute(attribute, attribute.toLowerCase() !== 'objectclass')),
      ...may.map((attribute) => toAttribute(attribute, false)),
    ].filter((attribute) => schema.attributeType(attribute.name)?.isUserModifiable !== false),
  };
}
