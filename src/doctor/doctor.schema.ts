import { z } from 'zod';
import { AREAS, LEVELS } from '../platform/diagnosis/index.js';

const level = z.enum(LEVELS);

const finding = z.object({
  area: z.enum(AREAS).describe('What it is about.'),
  level: level.describe('"warning" works and could be better; "error" keeps something from working.'),
  what: z.string().describe('What is so.'),
  where: z.string().describe('The setting, system, schedule, node … that it is about.'),
  whatToDo: z.string().nullable().describe('What a person does about it; null when nothing is to be done.'),
});

export const doctorReport = z
  .object({
    level: level.describe('The worst of the findings.'),
    node: z.string().describe('The process that looked: its host and process id.'),
    lookedAt: z.iso
      .datetime()
      .describe('When it looked, by its own clock; an answer may be ten seconds old.'),
    findings: z.array(finding).describe('Area by area, the worst first.'),
  })
  .meta({
    id: 'DoctorReport',
    description: 'What is wrong, where, and what to do.',
    example: {
      level: 'error',
      node: 'host-a:4711',
      lookedAt: '2027-01-05T09:13:20.000Z',
      findings: [
        {
          area: 'schedules',
          level: 'error',
          what: 'RetryProvisioningTaskExecutor is paused, and failed operations wait for it.',
          where: 'schedule RetryProvisioningTaskExecutor',
          whatToDo: 'provost schedule resume RetryProvisioningTaskExecutor',
        },
      ],
    },
  });

export type DoctorReport = z.output<typeof doctorReport>;
