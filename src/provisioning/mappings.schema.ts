import { z } from 'zod';
import { lineText, multilineText } from '../platform/http/index.js';
import type { Mapping } from './mapping.queries.js';

const expression = multilineText(4096).min(1, 'must not be empty');

const attribute = z.strictObject({
  attribute: lineText(200).describe('The attribute as the system names it.'),
  expression: expression.describe(
    'CEL: its value, or a list of values; null, an empty text or list for none. docs/expressions.md has every function.',
  ),
  strategy: z
    .enum(['set', 'create'])
    .default('set')
    .describe('set: kept equal always. create: given at creation, then left to the system.'),
  isMultivalued: z.boolean().default(false).describe('Whether single values are added and removed.'),
  isCorrelation: z
    .boolean()
    .default(false)
    .describe('Whether an object found on the system with the same value belongs to the same identity.'),
});

const fields = {
  entityType: z.literal('identity').describe('What becomes an object on the system.'),
  objectClass: lineText(200).describe('The kind of object: an object class of the directory, a table.'),
  identifierExpression: expression.describe("CEL: the object's identifier, such as its DN or key."),
  attributes: z.array(attribute).max(500).describe('What the object holds.'),
};

const example = {
  entityType: 'identity',
  objectClass: 'inetOrgPerson',
  identifierExpression: "rdn('uid', identity.login) + ',ou=people,dc=example,dc=org'",
  attributes: [
    {
      attribute: 'cn',
      expression: "default(identity.displayName, identity.givenName + ' ' + identity.surname)",
      strategy: 'set',
      isMultivalued: false,
      isCorrelation: false,
    },
    {
      attribute: 'employeeNumber',
      expression: 'identity.id',
      strategy: 'set',
      isMultivalued: false,
      isCorrelation: true,
    },
  ],
} as const;

export const mappingRequest = z.strictObject(fields).meta({
  id: 'MappingRequest',
  description: 'A whole mapping: what identities become on a system.',
  example,
});

/** What a mapping is made of; seeds use it too. */
export type MappingInput = z.input<typeof mappingRequest>;

const EXAMPLE = {
  id: 'c0a3e1c8-6c57-4d0e-9a30-3f3a9a1b9d21',
  systemId: '6f0f2f7e-3a53-4b52-8c1c-0c8a3f9f2a11',
  ...example,
  attributes: [...example.attributes],
  version: 1,
  createdAt: '2026-03-01T08:00:00.000Z',
  updatedAt: '2026-03-01T08:00:00.000Z',
};

export const mappingResponse = z
  .object({
    id: z.uuid().describe('Names the mapping for ever.'),
    systemId: z.uuid().describe('The system whose objects it describes.'),
    ...fields,
    version: z.int().min(1).max(2_147_483_647).describe('Counts the changes of the mapping; also the ETag.'),
    createdAt: z.iso.datetime().describe('When the mapping was created.'),
    updatedAt: z.iso.datetime().describe('When it last changed.'),
  })
  .meta({ id: 'Mapping', description: 'What identities become on a system.', example: EXAMPLE });

export type MappingResponse = z.output<typeof mappingResponse>;

export const mappingList = z
  .object({ items: z.array(mappingResponse).describe('At most one for each kind of entity.') })
  .meta({
    id: 'MappingList',
    description: 'Every mapping of a system.',
    example: { items: [EXAMPLE] },
  });

export function toMappingResponse(mapping: Mapping): MappingResponse {
  return {
    id: mapping.id,
    systemId: mapping.systemId,
    entityType: mapping.entityType,
    objectClass: mapping.objectClass,
    identifierExpression: mapping.identifierExpression,
    attributes: mapping.attributes.map((one) => ({ ...one })),
    version: mapping.version,
    createdAt: mapping.createdAt.toISOString(),
    updatedAt: mapping.updatedAt.toISOString(),
  };
}

export const previewRequest = z
  .strictObject({ identityId: z.uuid().describe('Whose object is computed.') })
  .meta({
    id: 'MappingPreviewRequest',
    description: 'Whose object is to be computed.',
    example: { identityId: '2c5ea4c0-4067-41fa-8bd3-61e6e9b8d2f4' },
  });

/** A value as people see it: bytes by what they are, not as they are. */
export const shownValue = z.union([
  z.string().describe('Text.'),
  z
    .object({
      sha256: z.string().describe('SHA-256 of the bytes in hex.'),
      sizeBytes: z.int().min(0).max(2_147_483_647).describe('How many bytes.'),
    })
    .describe('Bytes.'),
]);

export type ShownValue = z.output<typeof shownValue>;

export const previewResponse = z
  .object({
    identifier: z.string().nullable().describe("The object's identifier; null while there are problems."),
    attributes: z
      .array(
        z.object({
          attribute: z.string().describe('The attribute.'),
          strategy: z.enum(['set', 'create']).describe('When it is written.'),
          values: z.array(shownValue).describe('Its values; empty when it has none.'),
        }),
      )
      .describe('What the object would hold; empty while there are problems.'),
    problems: z
      .array(
        z.object({
          attribute: z.string().describe('The attribute, or `identifier`.'),
          detail: z.string().describe('What is wrong with its expression for this identity.'),
        }),
      )
      .describe('Why this identity would get no object.'),
  })
  .meta({
    id: 'MappingPreview',
    description: 'What a mapping makes of one identity; nothing was sent.',
    example: {
      identifier: 'uid=anna.nova,ou=people,dc=example,dc=org',
      attributes: [{ attribute: 'cn', strategy: 'set', values: ['Anna Nová'] }],
      problems: [],
    },
  });

export type PreviewResponse = z.output<typeof previewResponse>;
