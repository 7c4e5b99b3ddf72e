import { z } from 'zod';
import { multilineText } from '../../platform/http/index.js';

const count = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
const instant = z.iso.datetime().nullable();

export const restorationResponse = z
  .object({
    isHeld: z.boolean().describe('Whether nothing is begun until a person releases it.'),
    cause: z
      .enum(['moved', 'older', 'person'])
      .nullable()
      .describe(
        'What showed it: the database remembers being another one, it holds less than its audit checkpoints, or a person said so.',
      ),
    reason: z.string().nullable().describe('The same in a sentence.'),
    since: instant.describe('Since when; null when nothing is held.'),
    heldBy: z.string().nullable().describe('Who held it; `system` when it was noticed.'),
    releasedAt: instant.describe('When it was released last.'),
    lastExecutedAt: instant.describe('The end of the last operation this database knows as executed.'),
    waiting: z
      .array(
        z.object({
          target: z.string().describe('What would be sent to.'),
          kind: z.string().describe('The kind of work.'),
          operations: count.describe('Operations that would go on.'),
          unknown: count.describe(
            'Of those, begun ones: their effect may have happened after the backup. They are read before anything is sent.',
          ),
          oldest: z.iso.datetime().describe('When the oldest was accepted.'),
        }),
      )
      .describe('What a release would set in motion, by target and kind.'),
  })
  .meta({
    id: 'Restoration',
    description: 'Whether the queue is held as a restored backup, and what would move.',
    example: {
      isHeld: true,
      cause: 'moved',
      reason: 'The database is a restored backup or a copy: it remembers being another one.',
      since: '2027-01-05T10:00:00.000Z',
      heldBy: 'system',
      releasedAt: null,
      lastExecutedAt: '2027-01-05T02:59:58.400Z',
      waiting: [
        {
          target: 'system:Directory',
          kind: 'provisioning',
          operations: 12,
          unknown: 1,
          oldest: '2027-01-05T02:41:07.020Z',
        },
      ],
    },
  });

export const restorationDecision = z
  .strictObject({ reason: multilineText(500).describe('Why; it stands in the audit record.') })
  .meta({
    id: 'RestorationDecision',
    description: 'Why everything is held, or released.',
    example: { reason: 'Compared with the directory: nothing was sent after the backup.' },
  });

export type RestorationResponse = z.output<typeof restorationResponse>;
export type RestorationDecision = z.output<typeof restorationDecision>;
