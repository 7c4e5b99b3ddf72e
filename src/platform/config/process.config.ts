import { z } from 'zod';
import { defineSettings, setting, type SettingsOf } from './settings.js';

const ROLES = ['api', 'worker', 'scheduler'] as const;

/** What a process does: answer requests, carry out operations, fire schedules. */
export type ProcessRole = (typeof ROLES)[number];

export const processSettings = defineSettings('process', {
  roles: setting(
    'PROVOST_ROLES',
    z
      .string()
      .default(ROLES.join(','))
      .transform((text) => [...new Set(text.split(',').map((role) => role.trim()))])
      .pipe(
        z.array(z.enum(ROLES, { error: `must be one or more of ${ROLES.join(', ')}, with commas between` })),
      )
      .readonly(),
    'What this process does: api, worker, scheduler, with commas between; without it all three.',
  ),
  dataDirectory: setting(
    'PROVOST_DATA',
    z.string().min(1).default('.data'),
    'Folder for what the embedded parts keep, relative to the working directory.',
  ),
  isProduction: setting(
    'NODE_ENV',
    z
      // Another spelling would silently be no production.
      .enum(['production', 'development', 'test'], {
        error: 'must be production, development or test, spelled so, or not set',
      })
      .optional()
      // Undefined otherwise: a variable that is not set has no default.
      .transform((mode): boolean | undefined => mode === 'production' || undefined),
    'With production, systems are reached encrypted and verified or not at all, and none is on this machine.',
  ),
});

export type ProcessSettings = SettingsOf<typeof processSettings>;
