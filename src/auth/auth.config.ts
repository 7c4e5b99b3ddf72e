import { z } from 'zod';
import { defineSettings, setting, type SettingsOf } from '../platform/config/index.js';
import { ROLES } from './domain/roles.js';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const authSettings = defineSettings('auth', {
  issuer: setting(
    'PROVOST_AUTH_ISSUER',
    z
      .string()
      .regex(/^[\x21-\x7e]{1,255}$/, 'must be 1 to 255 visible ASCII characters without spaces')
      .default('provost'),
    'The issuer named in access tokens; the same on every node.',
  ),
  accessSeconds: setting(
    'PROVOST_AUTH_ACCESS_SECONDS',
    z.coerce.number().int().min(30).max(600).default(600),
    'Seconds an access token is valid.',
  ),
  refreshIdleSeconds: setting(
    'PROVOST_AUTH_REFRESH_IDLE_SECONDS',
    z.coerce
      .number()
      .int()
      .min(10 * MINUTE)
      .max(30 * DAY)
      .default(8 * HOUR),
    'Seconds after which a session that was not refreshed expires.',
  ),
  refreshAbsoluteSeconds: setting(
    'PROVOST_AUTH_REFRESH_ABSOLUTE_SECONDS',
    z.coerce
      .number()
      .int()
      .min(10 * MINUTE)
      .max(30 * DAY)
      .default(30 * DAY),
    'Seconds after which a session expires, however often it was refreshed.',
  ),
  refreshGraceSeconds: setting(
    'PROVOST_AUTH_REFRESH_GRACE_SECONDS',
    z.coerce.number().int().min(0).max(10).default(10),
    'Seconds in which a used refresh token is honoured once more, because its answer may have been lost.',
  ),
  dsaRoles: setting(
    'PROVOST_AUTH_DSA_ROLES',
    z
      .string()
      .default('task-runner')
      .transform((text) => [...new Set(text.split(',').map((role) => role.trim()))])
      .pipe(
        z.array(z.enum(ROLES, { error: `must be one or more of ${ROLES.join(', ')}, with commas between` })),
      )
      .readonly(),
    'Roles that a service account of the directory (DSA) has from its first login on, with commas between.',
  ),
  hashingParallelCount: setting(
    'PROVOST_AUTH_HASHING_PARALLEL_COUNT',
    z.coerce.number().int().min(1).max(64).default(2),
    'Passwords that are hashed at the same time; each takes 19 MiB and a processor.',
  ),
  hashingWaitingCount: setting(
    'PROVOST_AUTH_HASHING_WAITING_COUNT',
    z.coerce.number().int().min(0).max(10_000).default(40),
    'Logins that may wait for a password to be hashed; further ones are answered 503.',
  ),
  pairRefusalsCount: setting(
    'PROVOST_AUTH_PAIR_REFUSALS_COUNT',
    z.coerce.number().int().min(1).max(1_000_000).default(10),
    'Wrong logins for one account at one address before the next has to wait.',
  ),
  accountRefusalsCount: setting(
    'PROVOST_AUTH_ACCOUNT_REFUSALS_COUNT',
    z.coerce.number().int().min(1).max(1_000_000).default(20),
    'Wrong logins for one account, at all addresses where it is not known, before the next has to wait.',
  ),
  addressRefusalsCount: setting(
    'PROVOST_AUTH_ADDRESS_REFUSALS_COUNT',
    z.coerce.number().int().min(1).max(1_000_000).default(50),
    'Wrong logins at one address (a /64 of IPv6), for accounts not known there, before the next has to wait.',
  ),
  allRefusalsCount: setting(
    'PROVOST_AUTH_ALL_REFUSALS_COUNT',
    z.coerce.number().int().min(1).max(1_000_000).default(200),
    'Wrong logins at unknown addresses, beyond one a second, before the next has to wait.',
  ),
  longestWaitSeconds: setting(
    'PROVOST_AUTH_LONGEST_WAIT_SECONDS',
    z.coerce
      .number()
      .int()
      .min(1)
      .max(HOUR)
      .default(15 * MINUTE),
    'The most seconds a wrong login makes the next one of its account wait; one is forgiven in this time.',
  ),
  directoryRefusalsCount: setting(
    'PROVOST_AUTH_DIRECTORY_REFUSALS_COUNT',
    z.coerce.number().int().min(2).max(1_000_000).default(3),
    "Wrong passwords of one account that are passed on to its directory; fewer than the directory's own lock-out takes.",
  ),
  directoryRefusalsSeconds: setting(
    'PROVOST_AUTH_DIRECTORY_REFUSALS_SECONDS',
    z.coerce
      .number()
      .int()
      .min(MINUTE)
      .max(DAY)
      .default(15 * MINUTE),
    'Seconds in which no more wrong passwords than that are passed on to the directory.',
  ),
  keyRotationDays: setting(
    'PROVOST_AUTH_KEY_ROTATION_DAYS',
    z.coerce.number().int().min(1).max(3650).default(90),
    'Days after which the key that signs access tokens is followed by a new one.',
  ),
});

export type AuthSettings = SettingsOf<typeof authSettings>;
