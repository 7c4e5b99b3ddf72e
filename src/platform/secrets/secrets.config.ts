import { z } from 'zod';
import { defineSettings, setting, type SettingsOf } from '../config/index.js';

const KEY = /^[A-Za-z0-9+/]{43}=$/;

export const secretsSettings = defineSettings('secrets', {
  key: setting(
    'PROVOST_SECRETS_KEY',
    z.string().regex(KEY, 'must be 32 random bytes in base64 (openssl rand -base64 32)').optional(),
    'The key that encrypts secrets at rest; without it one is made and kept in PROVOST_DATA.',
    { isSecret: true },
  ),
  previousKeys: setting(
    'PROVOST_SECRETS_PREVIOUS_KEYS',
    z
      .string()
      .default('')
      .transform((text): readonly string[] => text.split(/[\s,]+/).filter((key) => key !== ''))
      .pipe(
        z.array(z.string().regex(KEY, 'must be keys of 32 bytes in base64, with commas between')).readonly(),
      ),
    'Keys that secrets were encrypted with before, with commas between: they open, they seal nothing.',
    { isSecret: true },
  ),
});

export type SecretsSettings = SettingsOf<typeof secretsSettings>;
