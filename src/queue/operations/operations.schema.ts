import { z } from 'zod';
import { pageQuery } from '../../platform/http/index.js';
import { ARCHIVED_STATES, QUEUED_STATES } from '../domain/operation-state.js';
import { WAIT_REASONS } from '../domain/waiting.js';

export const operationIdParam = z
  .string()
  .max(32, { error: 'must have at most 32 characters', abort: true })
  .regex(/^o[1-9]\d{0,14}-[1-9]\d{0,14}$/, 'must be an operation id such as o41-7')
  .describe('The operation: its lane and its place in it.');

export const operationListQuery = pageQuery.extend({
  state: z.enum(QUEUED_STATES).optional().describe('Only operations in this state.'),
  target: z
    .string()
    .max(200)
    .optional()
    .describe('Only operations for this target, such as system:Directory.'),
});

const waiting = z.object({
  reason: z.enum(WAIT_REASONS).describe('Why it waits, in one word.'),
  text: z.string().describe('Why it waits and what happens next.'),
  until: z.iso
    .datetime()
    .nullable()
    .describe('When it moves by itself at the earliest; null when that is no matter of time.'),
});

const EXAMPLE = {
  id: 'o41-7',
  kind: 'provisioning',
  state: 'FAILED' as const,
  subject: 'match anna on Directory',
  target: 'system:Directory',
  lane: 'account:5f0c',
  attempts: 2,
  createdAt: '2027-01-05T09:12:44.120Z',
  actor: 'local:admin',
  requestId: '5b0c3f7e-6a2a-4a52-9f0e-0f2b8a3f7f11',
  waiting: {
    reason: 'retry' as const,
    text: 'The last attempt failed: connect ECONNREFUSED. RetryProvisioningTaskExecutor tries it again.',
    until: '2027-01-05T09:13:20.000Z',
  },
};

const operation = z.object({
  id: operationIdParam,
  kind: z.string().describe('The kind of work.'),
  state: z
    .enum([...new Set([...QUEUED_STATES, ...ARCHIVED_STATES])])
    .describe('docs/queue.md explains each state.'),
  subject: z.string().describe('What is changed where.'),
  target: z.string().describe('What it is sent to.'),
  lane: z.string().describe('The line of work it stands in: one account, one identity …'),
  attempts: z.int().min(0).max(32_767).describe('Attempts that ended.'),
  createdAt: z.iso.datetime().describe('When the change was accepted.'),
  actor: z.string().describe('Who caused it.'),
  requestId: z.string().nullable().describe('The request that caused it.'),
  waiting: waiting.nullable().describe('Null once it is finished.'),
});

export const operationResponse = operation.meta({
  id: 'Operation',
  description: 'One durable piece of work, and why it waits.',
  example: EXAMPLE,
});

export const operationPage = z
  .object({
    items: z.array(operationResponse).describe('Waiting operations, lane by lane, in order.'),
    next: z.string().nullable().describe('Give it as `after` for the next page; null on the last.'),
  })
  .meta({
    id: 'OperationPage',
    description: 'A page of waiting operations.',
    example: { items: [EXAMPLE], next: null },
  });

export const operationDetail = operation
  .extend({
    finishedAt: z.iso.datetime().nullable().describe('When it ended; null while it waits.'),
    result: z.string().nullable().describe('How it ended, in words.'),
    history: z
      .array(
        z.object({
          attempt: z.int().min(1).max(1_000_000).describe('The number of the attempt.'),
          outcome: z.string().describe('How it ended.'),
          code: z.string().nullable().describe('Why, in one word.'),
          message: z.string().describe("The target's own words."),
          startedAt: z.iso.datetime().describe('When it began.'),
          endedAt: z.iso.datetime().describe('When it ended.'),
        }),
      )
      .describe('Its attempts, newest first, at most 50.'),
  })
  .meta({
    id: 'OperationDetail',
    description: 'An operation, waiting or finished, with its attempts.',
    example: {
      ...EXAMPLE,
      finishedAt: null,
      result: null,
      history: [
        {
          attempt: 2,
          outcome: 'transient',
          code: 'unreachable',
          message: 'connect ECONNREFUSED',
          startedAt: '2027-01-05T09:12:50.000Z',
          endedAt: '2027-01-05T09:12:50.020Z',
        },
      ],
    },
  });

export const queueSummary = z
  .object({
    waiting: z.int().min(0).max(Number.MAX_SAFE_INTEGER).describe('Operations in the queue.'),
    failed: z
      .int()
      .min(0)
      .max(Number.MAX_SAFE_INTEGER)
      .describe('Operations whose last attempt failed, or whose effect is unknown.'),
    parked: z.int().min(0).max(Number.MAX_SAFE_INTEGER).describe('Lanes that wait for a person.'),
    executed: z
      .int()
      .min(0)
      .max(Number.MAX_SAFE_INTEGER)
      .describe('Operations executed, as far as the archive reaches back.'),
  })
  .meta({
    id: 'QueueSummary',
    description: 'The queue in four figures.',
    example: { waiting: 3, failed: 1, parked: 0, executed: 412 },
  });

export type OperationListQuery = z.output<typeof operationListQuery>;
export type OperationResponse = z.output<typeof operationResponse>;
export type OperationDetail = z.output<typeof operationDetail>;
