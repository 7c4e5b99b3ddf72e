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
const catchUp = z
  .enum(['skip', 'once', 'all'])
  .describe(
    'What becomes of times that nobody saw come: `skip`, none of them fires; `once`, one run makes up for all; `all`, each has a run of its own, oldest first, at most 1,000 and seven days back, and the times that come meanwhile wait in line.',
  );

export const scheduleDocument = z
  .object({
    name: z.string().describe('Its name; never changes.'),
    about: z.string().describe('What it does.'),
    cron: z.string().describe(`When it fires: ${CRON_EXPECTED}.`),
    zone: z.string().describe('The time zone of `cron`, an IANA name.'),
    isPaused: z.boolean().describe('Paused: it does not fire; it can still be run by hand.'),
    catchUp,
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
      .describe(
        'Times that have no run of their own: the run before was still going on, or they were missed and left out or made up for together. Of one absence at most 10,000 are counted.',
      ),
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
      catchUp: 'once',
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
    catchUp: catchUp.optional(),
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
    trigger: z
      .enum(['slot', 'catch-up', 'manual'])
      .describe('Its time came, it makes up for missed times, or a person asked for it.'),
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

/** A century is enough for everybody; years of five digits are no ISO timestamps. */
const from = z.iso
  .datetime({ offset: true, error: 'must be a timestamp such as 2027-03-28T00:00:00Z' })
  .refine((text) => /^(19[7-9]|20)/.test(text), 'must lie between 1970 and 2099')
  .describe('Times after this one; now when it is not given.');

export const slotsQuery = z.strictObject({
  count: z.coerce.number().int().min(1).max(100).default(10).describe('How many times, at most 100.'),
  from: from.optional(),
});

export type SlotsQuery = z.infer<typeof slotsQuery>;

export const schedulePreview = z
  .strictObject({
    cron: lineText(200).describe(`When it would fire: ${CRON_EXPECTED}.`),
    zone: lineText(64).describe('The time zone of `cron`: an IANA name such as Europe/Prague, or UTC.'),
    count: z.int().min(1).max(100).default(10).describe('How many times, at most 100.'),
    from: from.optional(),
  })
  .meta({
    id: 'SchedulePreview',
    description: 'A schedule to try before it is saved.',
    example: { cron: '0 30 2 * * *', zone: 'Europe/Prague', count: 2, from: '2027-03-27T00:00:00Z' },
  });

export type SchedulePreview = z.infer<typeof schedulePreview>;

export const scheduleSlots = z
  .object({
    cron: z.string().describe('The cron expression.'),
    zone: z.string().describe('Its time zone.'),
    slots: z
      .array(
        z.object({
          slot: moment.describe('The instant.'),
          localTime: z.string().describe('What the clocks of the zone show then.'),
          offset: z.string().describe('How far they are from UTC: it tells summer time from winter time.'),
        }),
      )
      .max(100)
      .describe('The times, in order; fewer than asked for when no more are named.'),
  })
  .meta({
    id: 'ScheduleSlots',
    description:
      'The times a cron expression names next. Whether the schedule is paused makes no difference.',
    example: {
      cron: '0 30 2 * * *',
      zone: 'Europe/Prague',
      slots: [
        { slot: '2027-03-27T01:30:00.000Z', localTime: '2027-03-27T02:30:00', offset: '+01:00' },
        { slot: '2027-03-28T01:00:00.000Z', localTime: '2027-03-28T03:00:00', offset: '+02:00' },
      ],
    },
  });

export type ScheduleSlots = z.infer<typeof scheduleSlots>;
