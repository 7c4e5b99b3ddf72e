import { z } from 'zod';
import { defineSettings, setting, type SettingsOf } from '../platform/config/index.js';

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
});

export type AuthSettings = SettingsOf<typeof authSettings>;
