import { z } from 'zod';
import { FINDING_REASONS } from '../domain/explain-facts.js';
import { ARCHIVED_STATES, QUEUED_STATES } from '../domain/operation-state.js';
import { WAIT_REASONS } from '../domain/waiting.js';
import { operationIdParam } from './operations.schema.js';

const instant = z.iso.datetime().nullable();

export const explanation = z
  .object({
    id: operationIdParam,
    kind: z.string().describe('The kind of work.'),
    state: z
      .enum([...new Set([...QUEUED_STATES, ...ARCHIVED_STATES])])
      .describe('docs/queue.md explains each state.'),
    subject: z.string().describe('What is changed where.'),
    target: z.string().describe('What it is sent to.'),
    lane: z.string().describe('The line of work it stands in.'),
    findings: z
      .array(
        z.object({
          reason: z.enum([...WAIT_REASONS, ...FINDING_REASONS]).describe('The reason in one word.'),
          text: z.string().describe('The reason in sentences.'),
          since: instant.describe('Since when it holds; null when that is not known.'),
          next: z.string().describe('What happens next.'),
          until: instant.describe('When that is at the earliest; null when it is no matter of time.'),
        }),
      )
      .describe('Every reason it waits for, the one that matters most first: it moves once all have gone.'),
    actions: z
      .array(
        z.object({
          text: z.string().describe('What it does.'),
          call: z.string().describe('The call of this API that does it.'),
          command: z.string().describe('The command of the client that does it.'),
        }),
      )
      .describe('What a person can do about it now.'),
  })
  .meta({
    id: 'Explanation',
    description: 'Why an operation waits, since when, what happens next, and what a person can do.',
    example: {
      id: 'o41-7',
      kind: 'provisioning',
      state: 'NOT_EXECUTED',
      subject: 'match anna on Directory',
      target: 'system:Directory',
      lane: 'account:5f0c',
      findings: [
        {
          reason: 'held',
          text: 'system:Directory is in maintenance (new disks). It goes on by itself once that is lifted. It was held by local:admin.',
          since: '2027-01-05T09:00:00.000Z',
          next: 'Once that is lifted it goes on where it was: an asynchronous system waits for its next run.',
          until: null,
        },
      ],
      actions: [
        {
          text: 'Lift the hold of system:Directory.',
          call: 'DELETE /api/v1/targets/3/hold',
          command: 'provost queue lift 3',
        },
      ],
    },
  });

export type Explanation = z.output<typeof explanation>;
