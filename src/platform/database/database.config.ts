import { z } from 'zod';
import { defineSettings, setting, type SettingsOf } from '../config/index.js';

export const databaseSettings = defineSettings('database', {
  url: setting(
    'DATABASE_URL',
    z
      .url({
        protocol: /^postgres(ql)?$/,
        error: 'must be a URL like postgres://user:password@host:5432/name',
      })
      .optional(),
    'Connection to PostgreSQL 15 or newer; without it an embedded PostgreSQL is started.',
    { isSecret: true },
  ),
  poolSize: setting(
    'PROVOST_DATABASE_POOL_SIZE',
    z.coerce.number().int().min(2).max(200).default(10),
    'Connections this process keeps for requests; its worker keeps as many again.',
  ),
  statementTimeoutMs: setting(
    'PROVOST_DATABASE_STATEMENT_TIMEOUT_MS',
    z.coerce.number().int().min(100).max(600_000).default(15_000),
    'Milliseconds after which PostgreSQL ends a statement.',
  ),
});

export type DatabaseSettings = SettingsOf<typeof databaseSettings>;
