// Form attributes and form values as the API takes and gives them.
import { z } from 'zod';
import { decodeCursor, lineText, pageQuery } from '../platform/http/index.js';
import { MEDIA_TYPES } from './domain/media-type.js';
import {
  FORM_ATTRIBUTE_TYPES,
  FORM_ENTITY_TYPES,
  type FormAttributeEntity,
} from './form-attribute.entity.js';

/** The largest attachment there can be, in bytes. */
export const ATTACHMENT_MAX_BYTES = 10_485_760;

/** A name that mappings can select: `form.photo`. */
export const formAttributeCode = z
  .string()
  .max(64, { error: 'must have at most 64 characters', abort: true })
  .regex(/^[a-z][A-Za-z0-9_]{0,63}$/, 'must begin with a-z and go on with at most 63 of: A-Z a-z 0-9 _')
  .describe('The short name of the form attribute, as mappings use it.');

const fields = {
  entityType: z.enum(FORM_ENTITY_TYPES).describe('What the attribute belongs to.'),
  code: formAttributeCode,
  name: lineText(200).describe('The name as it is shown.'),
  type: z.enum(FORM_ATTRIBUTE_TYPES).describe('What its values are.'),
  mediaTypes: z
    .array(z.enum(MEDIA_TYPES))
    .min(1)
    .max(MEDIA_TYPES.length)
    .describe('The kinds of file it takes.'),
  maxBytes: z.int().min(1).max(ATTACHMENT_MAX_BYTES).describe('The largest file it takes, in bytes.'),
};

const example = {
  entityType: 'identity',
  code: 'photo',
  name: 'Photo',
  type: 'attachment',
  mediaTypes: ['image/jpeg'],
  maxBytes: 1_048_576,
} as const;

export const createFormAttributeRequest = z
  .strictObject({
    ...fields,
    maxBytes: fields.maxBytes.default(ATTACHMENT_MAX_BYTES),
  })
  .meta({ id: 'CreateFormAttributeRequest', description: 'A new form attribute.', example });

/** What a new form attribute is made of; seeds use it too. */
export type CreateFormAttribute = z.input<typeof createFormAttributeRequest>;

export const formAttributeResponse = z
  .object({
    id: z.uuid().describe('Names the form attribute for ever.'),
    ...fields,
    createdAt: z.iso.datetime().describe('When the form attribute was created.'),
  })
  .meta({
    id: 'FormAttribute',
    description: 'An attribute that entities have beside their own fields.',
    example: {
      id: '0b8f7c2d-50a9-4f3a-8a9e-5f3f8d9c2b11',
      ...example,
      createdAt: '2026-03-01T08:00:00.000Z',
    },
  });

export type FormAttributeResponse = z.output<typeof formAttributeResponse>;

export const formAttributePage = z
  .object({
    items: z.array(formAttributeResponse).describe('Form attributes in the order of their codes.'),
    next: z.string().nullable().describe('Give it as `after` to get the next page; null on the last.'),
  })
  .meta({ id: 'FormAttributePage', description: 'Some of the form attributes.' });

export const formAttributeListQuery = z.strictObject(pageQuery.shape);

/** Where the page before ended. @throws Problem 400 */
export function decodeAttributeCursor(cursor: string): [string, string] {
  return decodeCursor(cursor, z.tuple([z.enum(FORM_ENTITY_TYPES), formAttributeCode]));
}

export const formValueResponse = z
  .object({
    code: formAttributeCode,
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .describe('SHA-256 of the bytes in hex; also the ETag.'),
    sizeBytes: z.int().min(1).max(ATTACHMENT_MAX_BYTES).describe('How many bytes it has.'),
    mediaType: z.enum(MEDIA_TYPES).describe('The kind of file, seen from its bytes.'),
    updatedAt: z.iso.datetime().describe('When it was uploaded.'),
  })
  .meta({
    id: 'FormValue',
    description: 'An attachment that an entity has.',
    example: {
      code: 'photo',
      sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
      sizeBytes: 48_211,
      mediaType: 'image/jpeg',
      updatedAt: '2026-03-01T08:00:00.000Z',
    },
  });

export type FormValueResponse = z.output<typeof formValueResponse>;

export const formValueList = z
  .object({ items: z.array(formValueResponse).describe('The values in the order of their codes.') })
  .meta({ id: 'FormValueList', description: 'Every form value of one entity.' });

export function toFormAttributeResponse(attribute: FormAttributeEntity): FormAttributeResponse {
  return {
    id: attribute.id,
    entityType: attribute.entityType,
    code: attribute.code,
    name: attribute.name,
    type: attribute.type,
    mediaTypes: attribute.mediaTypes,
    maxBytes: attribute.maxBytes,
    createdAt: attribute.createdAt.toISOString(),
  };
}
