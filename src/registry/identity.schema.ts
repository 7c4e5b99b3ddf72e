// Identities as the API takes and gives them.
import { z } from 'zod';
import { decodeCursor, lineText, pageQuery } from '../platform/http/index.js';
import { foldedText } from './domain/folded-text.js';
import { IDENTITY_STATES, type IdentityEntity } from './identity.entity.js';
import { roleCode } from './role.schema.js';

/** Keeps the folded login within an index row and a cursor, whatever Unicode makes of it. */
const FOLDED_LOGIN_CHARACTERS = 256;

function isVisible(text: string): boolean {
  return foldedText(text) !== '';
}

const login = lineText(128)
  .refine(isVisible, 'must have a visible character')
  .refine(
    (text) => foldedText(text).length <= FOLDED_LOGIN_CHARACTERS,
    'is too long once it is normalised (Unicode NFKC)',
  )
  .describe('The name people log in with, in any script; unique, whatever its case.');

const email = lineText(254)
  .regex(/^[^\s@]+@[^\s@]+$/u, 'must be an address like anna@example.org')
  .describe('Where mail reaches the person.');

const fields = {
  login,
  givenName: lineText(200).describe('Given name.'),
  surname: lineText(200).describe('Surname.'),
  displayName: lineText(400).nullable().describe('The name as it is shown; null when there is none.'),
  title: lineText(100).nullable().describe('Academic title; null when there is none.'),
  email: email.nullable(),
  phone: lineText(64).nullable().describe('Telephone number; null when there is none.'),
  state: z.enum(IDENTITY_STATES).describe('Whether the person may use accounts.'),
};

const example = {
  login: 'anna.nova',
  givenName: 'Anna',
  surname: 'Nová',
  displayName: 'Anna Nová',
  title: 'Dr.',
  email: 'anna.nova@example.org',
  phone: '+420 555 0100',
  state: 'active',
} as const;

export const createIdentityRequest = z
  .strictObject({
    ...fields,
    displayName: fields.displayName.default(null),
    title: fields.title.default(null),
    email: fields.email.default(null),
    phone: fields.phone.default(null),
    state: fields.state.default('active'),
    roles: z
      .array(roleCode)
      .max(500)
      .default([])
      .describe('Codes of the roles the person has from the start.'),
  })
  .meta({
    id: 'CreateIdentityRequest',
    description: 'A new identity.',
    example: { ...example, roles: ['staff'] },
  });

export const updateIdentityRequest = z
  .strictObject(fields)
  .partial()
  .meta({
    id: 'UpdateIdentityRequest',
    description: 'The fields to change; others stay as they are.',
    example: { surname: 'Svobodová', title: null },
  });

/** What a new identity is made of; seeds use it too. */
export type CreateIdentity = z.input<typeof createIdentityRequest>;
export type UpdateIdentity = z.output<typeof updateIdentityRequest>;

export const identityResponse = z
  .object({
    id: z.uuid().describe('Names the identity for ever.'),
    ...fields,
    login: z.string().describe('The name people log in with.'),
    version: z.int().min(1).max(2_147_483_647).describe('Counts the changes of these fields; also the ETag.'),
    createdAt: z.iso.datetime().describe('When the identity was created.'),
    updatedAt: z.iso.datetime().describe('When one of these fields last changed.'),
  })
  .meta({
    id: 'Identity',
    description: 'A person as the registry knows them.',
    example: {
      id: '2c5ea4c0-4067-41fa-8bd3-61e6e9b8d2f4',
      ...example,
      version: 1,
      createdAt: '2026-03-01T08:00:00.000Z',
      updatedAt: '2026-03-01T08:00:00.000Z',
    },
  });

export type IdentityResponse = z.output<typeof identityResponse>;

export const identityPage = z
  .object({
    items: z.array(identityResponse).describe('Identities in the order of their logins.'),
    next: z.string().nullable().describe('Give it as `after` to get the next page; null on the last.'),
  })
  .meta({ id: 'IdentityPage', description: 'Some of the identities.' });

/** Longer than the platform's: a cursor holds a login, which may need three bytes a character. */
const after = z.string().max(2048).optional().describe('The `next` of the page before.');

export const identityListQuery = z.strictObject({
  ...pageQuery.shape,
  after,
  login: lineText(128).optional().describe('Only the identity with this login, whatever its case.'),
  q: lineText(128)
    .refine(isVisible, 'must have a visible character')
    .optional()
    .describe('Only those whose login, surname or display name begins with this, whatever its case.'),
  role: roleCode.optional().describe('Only those who have the role with this code.'),
});

export const memberListQuery = z.strictObject({ ...pageQuery.shape, after });

/** The folded login of the last identity of the page before. @throws Problem 400 */
export function decodeLoginCursor(cursor: string): string {
  return decodeCursor(cursor, z.tuple([lineText(FOLDED_LOGIN_CHARACTERS)]))[0];
}

export function toIdentityResponse(identity: IdentityEntity): IdentityResponse {
  return {
    id: identity.id,
    login: identity.login,
    givenName: identity.givenName,
    surname: identity.surname,
    displayName: identity.displayName,
    title: identity.title,
    email: identity.email,
    phone: identity.phone,
    state: identity.state,
    version: identity.version,
    createdAt: identity.createdAt.toISOString(),
    updatedAt: identity.updatedAt.toISOString(),
  };
}
