import { z } from 'zod';
import { lineText, multilineText } from '../../platform/http/index.js';
import { MOVES } from '../domain/moves.js';
import { QUEUED_STATES } from '../domain/operation-state.js';
import { operationIdParam } from './operations.schema.js';

const MOST_IDS = 10_000;
const EXAMPLE_SELECTION = { move: 'retry' as const, target: 'system:Directory', state: 'FAILED' as const };
const EXAMPLE_TOKEN = '1-9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';

const reason = multilineText(500).regex(/\S/, 'must say why');
const move = z
  .enum(MOVES)
  .describe(
    'retry: due at once, attempts counted afresh · cancel: ended without being executed · cancel-behind: the same to what stands behind them · confirm: UNKNOWN ones are executed, because somebody has looked.',
  );
const count = z.int().min(0).max(MOST_IDS);
const hasMore = z
  .boolean()
  .describe('Whether there are more: one move takes 10,000 operations, in one transaction. Repeat it.');

export const retryRequest = z
  .strictObject({ reason: reason.optional().describe('Why, if that is to stand in the audit record.') })
  .meta({
    id: 'Retry',
    description: 'Why an operation is tried again; may be left out.',
    example: { reason: 'The certificate of the directory was renewed.' },
  });

export const cancellationRequest = z
  .strictObject({ reason: reason.describe('Why; it stands in the audit record.') })
  .meta({
    id: 'Cancellation',
    description: 'Why operations are canceled.',
    example: { reason: 'The person left before the first day.' },
  });

export const confirmationRequest = z
  .strictObject({ reason: reason.describe('What was seen; it stands in the audit record.') })
  .meta({
    id: 'Confirmation',
    description: 'Why an operation whose effect is unknown counts as executed.',
    example: { reason: 'The entry is there, with all values.' },
  });

const selectionFields = z.strictObject({
  move,
  target: lineText(200).optional().describe('Only operations for this target, such as system:Directory.'),
  state: z
    .enum(QUEUED_STATES)
    .optional()
    .describe('Only operations in this state. Without it a retry means FAILED and UNKNOWN ones.'),
  kind: lineText(100).optional().describe('Only operations of this kind.'),
  lane: lineText(200).optional().describe('Only operations of this lane.'),
  ids: z.array(operationIdParam).min(1).max(MOST_IDS).optional().describe('Only these operations.'),
});

export const moveSelection = selectionFields.meta({
  id: 'MoveSelection',
  description: 'Which operations are meant, and what is to be done to them.',
  example: EXAMPLE_SELECTION,
});

export const moveRequest = selectionFields
  .extend({
    selection: z
      .string()
      .max(80)
      .regex(/^\d{1,5}-[\da-f]{64}$/, 'must be the `selection` of a preview')
      .describe('The `selection` of the preview: it stands for exactly those operations.'),
    reason: reason.describe('Why; it stands in the audit record of each.'),
  })
  .meta({
    id: 'MoveRequest',
    description: 'A selection as it was previewed, and why it moves.',
    example: { ...EXAMPLE_SELECTION, selection: EXAMPLE_TOKEN, reason: 'The directory is back.' },
  });

export const movePreview = z
  .object({
    move,
    count: count.describe('How many operations would move.'),
    hasMore,
    items: z
      .array(
        z.object({
          id: operationIdParam,
          kind: z.string().describe('The kind of work.'),
          state: z.enum(QUEUED_STATES).describe('Its state.'),
          attempts: z.int().min(0).max(32_767).describe('Attempts that ended.'),
          subject: z.string().describe('What is changed where.'),
          target: z.string().describe('What it is sent to.'),
          lane: z.string().describe('The line of work it stands in.'),
        }),
      )
      .describe('The first 200 of them, lane by lane, in order.'),
    selection: z.string().describe('Give it to the move: it stands for exactly these operations.'),
  })
  .meta({
    id: 'MovePreview',
    description: 'Exactly what would move.',
    example: {
      move: 'retry',
      count: 1,
      hasMore: false,
      items: [
        {
          id: 'o41-7',
          kind: 'provisioning',
          state: 'FAILED',
          attempts: 3,
          subject: 'match anna on Directory',
          target: 'system:Directory',
          lane: 'account:5f0c',
        },
      ],
      selection: EXAMPLE_TOKEN,
    },
  });

export const moveResult = z
  .object({ move, moved: count.describe('How many operations were moved.'), hasMore })
  .meta({
    id: 'MoveResult',
    description: 'What was moved.',
    example: { move: 'retry', moved: 1, hasMore: false },
  });

export type MoveSelection = z.output<typeof moveSelection>;
export type MoveRequest = z.output<typeof moveRequest>;
export type MovePreview = z.output<typeof movePreview>;
export type MoveResult = z.output<typeof moveResult>;
