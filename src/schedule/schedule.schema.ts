import { z } from 'zod';
import { lineText } from '../platform/http/index.js';
import { CRON_EXPECTED } from './cron-pattern.js';

export const scheduleName = z
  .string()
  .min(1)
  .max(100)
  .describe('The name of a schedule, as the list gives it.');

const outcome = z.enum(['succeeded', 'failed']).nullable();
const counts = z.record(z.string(), z.number()).nullable();
const moment = z.iso.datetime();

export const scheduleDocument = z
  .object({
    name: z.string().describe('Its name; never changes.'),
    about: z.string().describe('What it does.'),
    cron: z.string().describe(`When it fires: ${CRON_EXPECTED}.`),
    zone: z.string().describe('The time zone of `cron`, an IANA name.'),
    isPaused: z.boolean().describe('Paused: it does not fire; it can still be run by hand.'),
    nextSlots: z
      .array(moment)
      .max(3)
      .describe(
        'The next three times it fires; none while it is paused. On the day the clock is put ahead a missing time fires when the clock has jumped; a doubled one fires once, unless every hour is named.',
      ),
    lastSlot: moment.nullable().describe('The latest time that fired, on any node.'),
    skippedSlots: z
      .int()
      .min(0)
      .max(1_000_000_000_000)
      .describe('Times that passed because the run before was still going on.'),
    currentRunId: z.uuid().nullable().describe('The run going on now.'),
    lastStartedAt: moment.nullable().describe('When the latest run began.'),
    lastFinishedAt: moment.nullable().describe('When the latest run that ended did so.'),
    lastOutcome: outcome.describe('How that run ended.'),
    lastCounts: counts.describe('How much of what it did.'),
    lastError: z.string().nullable().describe('Why it failed.'),
  })
  .meta({
    id: 'Schedule',
    description: 'Recurring work: when it fires and what came of it.',
    example: {
      name: 'ProvisioningQueueTaskExecutor',
      about: 'Hands out the waiting operations of asynchronous systems.',
      cron: '0 * * * * *',
      zone: 'UTC',
      isPaused: false,
      nextSlots: ['2027-01-01T12:01:00.000Z', '2027-01-01T12:02:00.000Z', '2027-01-01T12:03:00.000Z'],
      lastSlot: '2027-01-01T12:00:00.000Z',
      skippedSlots: 0,
      currentRunId: null,
      lastStartedAt: '2027-01-01T12:00:00.012Z',
      lastFinishedAt: '2027-01-01T12:00:00.071Z',
      lastOutcome: 'succeeded',
      lastCounts: { lanes: 12 },
      lastError: null,
    },
  });

export type ScheduleDocument = z.infer<typeof scheduleDocument>;

export const schedulePage = z
  .object({
    items: z.array(scheduleDocument).describe('Schedules by name.'),
    next: z.string().nullable().describe('Give it as `after` for the next page; null on the last.'),
  })
  .meta({ id: 'SchedulePage', description: 'A page of schedules.' });

export const scheduleChange = z
  .strictObject({
    cron: lineText(200).optional().describe(`When it fires: ${CRON_EXPECTED}.`),
    zone: lineText(64)
      .optional()
      .describe('The time zone of `cron`: an IANA name such as Europe/Prague, or UTC.'),
    isPaused: z.boolean().optional().describe('True: it fires no more until this is false again.'),
  })
  .meta({
    id: 'ScheduleChange',
    description: 'What to change of a schedule; what is not named stays.',
    example: { cron: '0 30 2 * * 1-5', zone: 'Europe/Prague' },
  });

export type ScheduleChange = z.infer<typeof scheduleChange>;

export const scheduleRunDocument = z
  .object({
    id: z.uuid().describe('Names the run.'),
    slot: moment.nullable().describe('The time it stands for; null when a person asked for it.'),
    trigger: z.enum(['slot', 'manual']).describe('Whether its time came or a person asked for it.'),
    actor: z.string().describe('Who started it: a caller, or system.'),
    node: z.string().describe('The process that ran it: host name and process id.'),
    startedAt: moment.describe('When it began.'),
    finishedAt: moment.nullable().describe('When it ended; null while it goes on.'),
    outcome: outcome.describe('How it ended; null while it goes on.'),
    counts: counts.describe('How much of what it did, when it succeeded.'),
    error: z.string().nullable().describe('Why it failed.'),
  })
  .meta({
    id: 'ScheduleRun',
    description: 'One run of a schedule.',
    example: {
      id: '0d0e3f86-93b6-4a53-8a6f-6a1f3a9b2c11',
      slot: null,
      trigger: 'manual',
      actor: 'local:anna',
      node: 'idm1:4711',
      startedAt: '2027-01-01T12:00:30.250Z',
      finishedAt: '2027-01-01T12:00:30.312Z',
      outcome: 'succeeded',
      counts: { lanes: 12 },
      error: null,
    },
  });

export type ScheduleRunDocument = z.infer<typeof scheduleRunDocument>;

export const scheduleRunPage = z
  .object({
    items: z.array(scheduleRunDocument).describe('Runs, newest first; the newest 100 are kept.'),
    next: z.string().nullable().describe('Give it as `after` for the next page; null on the last.'),
  })
  .meta({ id: 'ScheduleRunPage', description: 'A page of runs.' });
