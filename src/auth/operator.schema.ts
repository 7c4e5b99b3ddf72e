import { z } from 'zod';
import { lineText } from '../platform/http/index.js';
import { findPasswordFault } from './domain/password.js';
import { ROLE_SENTENCES, ROLES } from './domain/roles.js';
import type { OperatorEntity } from './operator.entity.js';

/** The login of a new operator or service; plain ASCII, so that no two look the same. */
export const newLogin = z
  .string()
  .trim()
  .toLowerCase()
  .max(64, { error: 'must have at most 64 characters', abort: true })
  .regex(
    /^[a-z0-9][a-z0-9._@+-]{0,63}$/,
    'must be 1 to 64 of the characters a-z 0-9 . _ @ + - and begin with a letter or digit',
  )
  .describe('The login name; case does not count.');

export const newPassword = z
  .string()
  .max(2048)
  .check((context) => {
    const fault = findPasswordFault(context.value);
    if (fault !== undefined) context.issues.push({ code: 'custom', message: fault, input: context.value });
  })
  .describe('12 to 256 characters of any script; long rather than odd.');

export const operatorRoles = z
  .array(z.enum(ROLES, `must be one of ${ROLES.join(', ')}`))
  .min(1, 'must name at least one role')
  .max(ROLES.length)
  .refine((roles) => new Set(roles).size === roles.length, 'must not name a role twice')
  .describe(ROLES.map((role) => `${role}: ${ROLE_SENTENCES[role]}`).join('. ') + '.');

const displayName = lineText(200).describe('The name people know the operator by.');

/** Services have routes of their own. */
export const OPERATOR_REALMS = ['local', 'dsa', 'identity'] as const;

export const createOperatorRequest = z
  .strictObject({
    login: newLogin,
    displayName,
    password: newPassword,
    roles: operatorRoles,
  })
  .meta({
    id: 'CreateOperatorRequest',
    description: 'A new operator, whose password Provost keeps.',
    example: {
      login: 'night-shift',
      displayName: 'Night shift',
      password: 'correct horse battery staple',
      roles: ['operator'],
    },
  });

export type CreateOperatorRequest = z.infer<typeof createOperatorRequest>;

export const changeOperatorRequest = z
  .strictObject({
    displayName: displayName.optional(),
    roles: operatorRoles.optional(),
    isDisabled: z.boolean().optional().describe('true: may not log in, and every session ends.'),
    password: newPassword
      .optional()
      .describe('A new password, in the realm local alone; every session of the operator ends.'),
  })
  .refine((change) => Object.keys(change).length > 0, 'must name at least one thing to change')
  .meta({
    id: 'ChangeOperatorRequest',
    description: 'What is to change; what is not named stays.',
    example: { isDisabled: true },
  });

export type ChangeOperatorRequest = z.infer<typeof changeOperatorRequest>;

export const setupRequest = z
  .strictObject({
    token: z
      .string()
      .trim()
      .min(1, 'must not be empty')
      .max(256)
      .describe('The setup token from the start-up log.'),
    login: newLogin,
    password: newPassword,
  })
  .meta({
    id: 'SetupRequest',
    description: 'The first administrator.',
    example: {
      token: 'mK1yQ0Tt0H5f2rXv0Y0Uo3p0b1yq7rZrL7w0mJmO5Xg',
      login: 'admin',
      password: 'correct horse battery staple',
    },
  });

export type SetupRequest = z.infer<typeof setupRequest>;

const operatorFields = z.object({
  id: z.uuid().describe('Never changes.'),
  realm: z
    .enum(OPERATOR_REALMS)
    .describe(
      'Who checks the password: "local" is Provost itself; "dsa" and "identity" are service accounts and people of the directory.',
    ),
  login: z.string().describe('The login name; unique within the realm.'),
  displayName: z.string().describe('The name people know the operator by.'),
  roles: z.array(z.enum(ROLES)).describe('What the operator may do.'),
  identityId: z.uuid().nullable().describe('Who of the registry it is; null for all but "identity".'),
  isDisabled: z.boolean().describe('Whether logging in is refused.'),
  createdAt: z.iso.datetime().describe('When the operator was created, or logged in first.'),
});

const EXAMPLE: z.infer<typeof operatorFields> = {
  id: '6f9d3d0e-5b0c-4a8e-9c51-0d2f6f8e7a11',
  realm: 'local',
  login: 'night-shift',
  displayName: 'Night shift',
  roles: ['operator'],
  identityId: null,
  isDisabled: false,
  createdAt: '2026-11-24T06:17:00.000Z',
};

export const operatorDocument = operatorFields.meta({
  id: 'Operator',
  description: 'Somebody who may use Provost with a password.',
  example: EXAMPLE,
});

export type OperatorDocument = z.infer<typeof operatorDocument>;

export const operatorPage = z
  .object({
    items: z.array(operatorDocument).describe('The operators of this page, by login.'),
    next: z.string().nullable().describe('Give it as `after` to get the next page; null on the last.'),
  })
  .meta({
    id: 'OperatorPage',
    description: 'One page of operators.',
    example: { items: [EXAMPLE], next: null },
  });

export function toOperatorDocument(
  operator: Pick<OperatorEntity, Exclude<keyof OperatorDocument, 'createdAt' | 'realm'>> & {
    readonly realm: string;
    readonly createdAt: Date;
  },
): OperatorDocument {
  const { id, realm, login, displayName: name, roles, identityId, isDisabled, createdAt } = operator;
  return {
    id,
    realm: OPERATOR_REALMS.find((known) => known === realm) ?? 'local',
    login,
    displayName: name,
    roles,
    identityId,
    isDisabled,
    createdAt: createdAt.toISOString(),
  };
}
