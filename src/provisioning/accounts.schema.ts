import { z } from 'zod';
import { decodeCursor, idParam, pageQuery } from '../platform/http/index.js';
import { toOperationId } from '../queue/index.js';
import type { AccountOperation, AccountRow } from './accounts.queries.js';
import type { AccountState } from './domain/decide-accounts.js';
import { shownValue } from './mappings.schema.js';

const STATES = ['wanted', 'released', 'gone'] as const satisfies readonly AccountState[];

/** The id in a path. */
export const accountIdParam = z
  .string()
  .max(15, { error: 'must have at most 15 digits', abort: true })
  .regex(/^[1-9]\d{0,14}$/, 'must be the number of an account')
  .describe('The account.');

const accountState = z
  .enum(STATES)
  .describe(
    'wanted: its object is made to match. released: its object is to be deleted. gone: it has no object.',
  );

const account = z.object({
  id: z.int().min(1).max(Number.MAX_SAFE_INTEGER).describe('Names the account for ever.'),
  mappingId: z.uuid().describe('The mapping it comes from.'),
  system: z
    .object({
      id: z.uuid().describe('The system it is on.'),
      name: z.string().describe('The name of that system.'),
    })
    .describe('Where it is.'),
  identity: z
    .object({
      id: z.uuid().describe('The identity it belongs to.'),
      login: z.string().nullable().describe('Its login; null once the identity is deleted.'),
    })
    .describe('Whose it is.'),
  state: accountState,
  identifier: z
    .string()
    .nullable()
    .describe('The name of its object, such as a DN; null when there is none yet or any more.'),
  nativeId: z.string().nullable().describe("The system's own id of the object, where it has such."),
  isConfirmed: z.boolean().describe('Whether its object was seen on the system.'),
  confirmedAt: z.iso.datetime().nullable().describe('When it was last seen or written.'),
  waiting: z
    .int()
    .min(0)
    .max(Number.MAX_SAFE_INTEGER)
    .describe('Operations that wait or run; GET /api/v1/operations says why.'),
  createdAt: z.iso.datetime().describe('When a role first gave it.'),
  updatedAt: z.iso.datetime().describe('When one of these fields last changed.'),
});

const EXAMPLE = {
  id: 41,
  mappingId: 'c0a3e1c8-6c57-4d0e-9a30-3f3a9a1b9d21',
  system: { id: '6f0f2f7e-3a53-4b52-8c1c-0c8a3f9f2a11', name: 'Directory' },
  identity: { id: '2c5ea4c0-4067-41fa-8bd3-61e6e9b8d2f4', login: 'anna.nova' },
  state: 'wanted' as const,
  identifier: 'uid=anna.nova,ou=people,dc=example,dc=org',
  nativeId: '0d7a3c1e-5a0c-103f-9d1a-3b6f2f0d9a77',
  isConfirmed: true,
  confirmedAt: '2026-03-01T08:00:01.000Z',
  waiting: 0,
  createdAt: '2026-03-01T08:00:00.000Z',
  updatedAt: '2026-03-01T08:00:01.000Z',
};

const accountResponse = account.meta({
  id: 'Account',
  description: 'One object on one system that Provost answers for.',
  example: EXAMPLE,
});

export type AccountResponse = z.output<typeof accountResponse>;

export const accountPage = z
  .object({
    items: z.array(accountResponse).describe('Accounts in the order of their ids.'),
    next: z.string().nullable().describe('Give it as `after` to get the next page; null on the last.'),
  })
  .meta({
    id: 'AccountPage',
    description: 'Some of the accounts.',
    example: { items: [EXAMPLE], next: null },
  });

export const accountDetail = account
  .extend({
    lastOperations: z
      .array(
        z.object({
          id: z.string().describe('The operation: GET /api/v1/operations/{id} tells all about it.'),
          change: z.enum(['match', 'delete']).describe('What it was to do.'),
          state: z
            .string()
            .nullable()
            .describe('docs/queue.md explains each; null once its record was removed for its age.'),
          actor: z.string().describe('Who caused it.'),
          createdAt: z.iso.datetime().describe('When the change was accepted.'),
          finishedAt: z.iso.datetime().nullable().describe('When it ended; null while it waits.'),
          result: z.string().nullable().describe('How it ended, in words.'),
          attributes: z
            .array(
              z.object({
                attribute: z.string().describe('The attribute that was changed.'),
                was: z.array(shownValue).describe('Its values before.'),
                becomes: z.array(shownValue).describe('Its values after.'),
              }),
            )
            .describe('What it changed.'),
        }),
      )
      .describe('The newest operations, at most 10, newest first.'),
  })
  .meta({
    id: 'AccountDetail',
    description: 'An account with what was done to it lately.',
    example: {
      ...EXAMPLE,
      lastOperations: [
        {
          id: 'o41-7',
          change: 'match',
          state: 'EXECUTED',
          actor: 'local:admin',
          createdAt: '2026-03-01T08:00:00.000Z',
          finishedAt: '2026-03-01T08:00:01.000Z',
          result: 'updated',
          attributes: [{ attribute: 'sn', was: ['Nová'], becomes: ['Svobodová'] }],
        },
      ],
    },
  });

export type AccountDetail = z.output<typeof accountDetail>;

export const accountListQuery = pageQuery.extend({
  identity: idParam.optional().describe('Only accounts of this identity.'),
  system: idParam.optional().describe('Only accounts on this system.'),
  state: accountState.optional(),
});

export type AccountListQuery = z.output<typeof accountListQuery>;

/** The last account of the page before. @throws Problem 400 */
export function decodeAccountCursor(cursor: string): number {
  return decodeCursor(cursor, z.tuple([z.int().min(1)]))[0];
}

export function toAccountResponse(row: AccountRow): AccountResponse {
  return {
    id: row.id,
    mappingId: row.mappingId,
    system: { id: row.systemId, name: row.systemName },
    identity: { id: row.entityId, login: row.login },
    state: row.state,
    identifier: row.identifier,
    nativeId: row.nativeId,
    isConfirmed: row.confirmedAt !== null,
    confirmedAt: row.confirmedAt?.toISOString() ?? null,
    waiting: row.waiting,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}

export function toAccountDetail(row: AccountRow, operations: readonly AccountOperation[]): AccountDetail {
  return {
    ...toAccountResponse(row),
    lastOperations: operations.map((operation) => ({
      id: toOperationId(operation),
      change: operation.change,
      state: operation.state,
      actor: operation.actor,
      createdAt: operation.createdAt.toISOString(),
      finishedAt: operation.finishedAt?.toISOString() ?? null,
      result: operation.result,
      attributes: operation.attributes.map(({ attribute, was, becomes }) => ({
        attribute,
        was: [...was],
        becomes: [...becomes],
      })),
    })),
  };
}
