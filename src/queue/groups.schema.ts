import { z } from 'zod';
import { MAX_CURSOR_CHARACTERS, MAX_PAGE_ITEMS, pageQuery } from '../platform/http/index.js';
import { ARCHIVED_STATES, QUEUED_STATES } from './domain/operation-state.js';
import { operationIdParam } from './operations/operations.schema.js';

const count = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

export const groupIdParam = z
  .string()
  .max(15, { error: 'must have at most 15 digits', abort: true })
  .regex(/^[1-9]\d{0,14}$/, 'must be the number of a group such as 17')
  .describe('The group: the number in the header Provost-Group.');

export const groupQuery = pageQuery;

const groupMember = z.object({
  id: operationIdParam,
  kind: z.string().nullable().describe('The kind of work; null when the archive has dropped it.'),
  state: z
    .enum([...new Set([...QUEUED_STATES, ...ARCHIVED_STATES])])
    .nullable()
    .describe('docs/queue.md explains each state; null when the archive has dropped it.'),
  subject: z.string().nullable().describe('What is changed where.'),
  lane: z.string().nullable().describe('The line of work it stands in.'),
  countsAs: z
    .enum(['open', 'failed', 'done'])
    .describe('What it counts as: canceled and parked operations as failed.'),
  result: z.string().nullable().describe('How it ended, in words; null while it waits.'),
  finishedAt: z.iso.datetime().nullable().describe('When it ended; null while it waits.'),
});

export const groupDocument = z
  .object({
    id: groupIdParam,
    subject: z.string().describe('What the operations follow from.'),
    actor: z.string().describe('Who caused them.'),
    since: z.iso.datetime().describe('When the group began.'),
    closed: z.iso
      .datetime()
      .nullable()
      .describe('Since when nothing is open; null while something is, and before there was anything.'),
    open: count.describe('Operations that have not ended.'),
    failed: count.describe('Operations that ended without effect, or wait for a person.'),
    total: count.describe('All its operations; those that follow from others are counted as they appear.'),
    items: z.array(groupMember).max(MAX_PAGE_ITEMS).describe('A page of its operations.'),
    next: z
      .string()
      .max(MAX_CURSOR_CHARACTERS)
      .nullable()
      .describe('Give it as `after` for the next page; null on the last.'),
  })
  .meta({
    id: 'OperationGroup',
    description: 'Operations whose common end matters to somebody, such as all that follows from one change.',
    example: {
      id: '17',
      subject: 'PATCH /api/v1/identities/5f0c6f0e-6a51-4a7e-9a35-2f1f7c1f7d11',
      actor: 'local:admin',
      since: '2027-01-05T09:12:44.120Z',
      closed: '2027-01-05T09:12:44.310Z',
      open: 0,
      failed: 1,
      total: 2,
      items: [
        {
          id: 'o41-7',
          kind: 'provisioning',
          state: 'FAILED',
          subject: 'match anna on Directory',
          lane: 'account:12',
          countsAs: 'failed',
          result: null,
          finishedAt: null,
        },
      ],
      next: null,
    },
  });

export type GroupQuery = z.output<typeof groupQuery>;
export type GroupDocument = z.output<typeof groupDocument>;
