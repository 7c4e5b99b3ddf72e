import { z } from 'zod';
import { multilineText, pageQuery } from '../platform/http/index.js';
import { COUNTED_STATES, MOST_COUNTED } from './target-standings.js';

const instant = z.iso.datetime().nullable();
const lanes = z.int().min(0).max(MOST_COUNTED);
const counted = Object.fromEntries(
  [...COUNTED_STATES, 'leased'].map((state) => [state, lanes.describe(`Lanes that are ${state}.`)]),
) as Record<(typeof COUNTED_STATES)[number] | 'leased', typeof lanes>;

export const targetIdParam = z
  .string()
  .max(10, { error: 'must have at most 10 characters', abort: true })
  .regex(/^[1-9]\d{0,8}$/, 'must be the id of a target, such as 3')
  .describe('The target.');

export const targetListQuery = pageQuery;

export const targetResponse = z
  .object({
    id: z.int().min(1).max(999_999_999).describe('Its id.'),
    name: z.string().describe('What is sent to: `system:<name>`, `database`, `notices`.'),
    mode: z
      .enum(['synchronous', 'asynchronous'])
      .describe('Whether new operations begin at once, or with the next run of ProvisioningQueue.'),
    hold: z
      .object({
        kind: z
          .enum(['disabled', 'maintenance', 'readonly', 'restored'])
          .describe(
            'A read-only target is read, and nothing is written to it; on the others nothing begins.',
          ),
        reason: z.string().nullable().describe('Why.'),
        since: instant.describe('Since when.'),
        by: z.string().nullable().describe('Who held it.'),
      })
      .nullable()
      .describe('Why nothing is sent; null when it is not held.'),
    breaker: z
      .object({
        state: z
          .enum(['closed', 'open', 'half-open', 'none'])
          .describe('Open: nothing is begun; half-open: one attempt looks whether it is back.'),
        until: instant.describe('When it is looked at again.'),
        trips: z.int().min(0).max(2_147_483_647).describe('How often it opened in a row.'),
        reason: z.string().nullable().describe("The target's own words."),
      })
      .describe('What stops attempts when they fail one after the other.'),
    concurrency: z.int().min(1).max(256).describe('Operations at the same time, over all nodes.'),
    ratePerSecond: z.number().nullable().describe('Operations a second, over all nodes; null: no limit.'),
    workers: z.int().min(0).max(2_147_483_647).describe('Living processes that execute operations.'),
    lanes: z.object(counted).describe(`Lanes by state, counted up to ${MOST_COUNTED}.`),
  })
  .meta({
    id: 'Target',
    description: 'What operations are sent to, and how it stands.',
    example: {
      id: 3,
      name: 'system:Directory',
      mode: 'synchronous',
      hold: {
        kind: 'maintenance',
        reason: 'new disks',
        since: '2027-01-05T09:00:00.000Z',
        by: 'local:admin',
      },
      breaker: { state: 'closed', until: null, trips: 0, reason: null },
      concurrency: 8,
      ratePerSecond: null,
      workers: 2,
      lanes: {
        ready: 0,
        'gated-async': 0,
        'gated-retry': 4,
        held: 12,
        dependent: 0,
        parked: 1,
        leased: 0,
      },
    },
  });

export const targetPage = z
  .object({
    items: z.array(targetResponse).describe('Targets, oldest first.'),
    next: z.string().nullable().describe('Give it as `after` for the next page; null on the last.'),
  })
  .meta({ id: 'TargetPage', description: 'A page of targets.' });

export const holdRequest = z
  .strictObject({
    hold: z
      .enum(['disabled', 'maintenance', 'readonly'])
      .describe('readonly: what would be written is worked out and not sent; the others: nothing begins.'),
    reason: multilineText(500)
      .regex(/\S/, 'must say why')
      .describe('Why; everybody who asks what waits reads it.'),
  })
  .meta({
    id: 'Hold',
    description: 'How a target is held, and why.',
    example: { hold: 'maintenance', reason: 'New disks; until noon.' },
  });

export type TargetListQuery = z.output<typeof targetListQuery>;
export type TargetResponse = z.output<typeof targetResponse>;
export type HoldRequest = z.output<typeof holdRequest>;
