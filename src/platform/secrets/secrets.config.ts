import { z } from 'zod';
import { defineSettings, setting, type SettingsOf } from '../config/index.js';

export const secretsSettings = defineSettings('secrets', {
  key: setting(
    'PROVOST_SECRETS_KEY',
    z
      .string()
      .regex(/^[A-Za-z0-9+/]{43}=$/, 'must be 32 random bytes in base64 (openssl rand -base64 32)')
      .optional(),
    'The key that encrypts secrets at rest; without it one is made and kept in PROVOST_DATA.',
    { isSecret: true },
  ),
});

export type SecretsSettings = SettingsOf<typeof secretsSettings>;
