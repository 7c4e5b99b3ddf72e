import { z } from 'zod';
import { defineSettings, setting, type SettingsOf } from '../config/index.js';

const postgresUrl = z.url({
  protocol: /^postgres(ql)?$/,
  error: 'must be a URL like postgres://user:password@host:5432/name',
});

export const databaseSettings = defineSettings('database', {
  url: setting(
    'DATABASE_URL',
    postgresUrl.optional(),
    'Connection to PostgreSQL 15 or newer; without it an embedded PostgreSQL is started.',
    { isSecret: true },
  ),
  migrateUrl: setting(
    'PROVOST_DATABASE_MIGRATE_URL',
    postgresUrl.optional(),
    'Connection of the role that owns the tables, for npm run migrate alone; without it DATABASE_URL owns them too.',
    { isSecret: true },
  ),
  poolSize: setting(
    'PROVOST_DATABASE_POOL_SIZE',
    z.coerce.number().int().min(2).max(200).default(10),
    'Connections this process keeps for requests; its worker keeps as many again.',
  ),
  statementTimeoutMs: setting(
    'PROVOST_DATABASE_STATEMENT_TIMEOUT_MS',
    z.coerce.number().int().min(100).max(600_000).default(5_000),
    'Milliseconds after which PostgreSQL ends a statement of a request.',
  ),
  workerStatementTimeoutMs: setting(
    'PROVOST_DATABASE_WORKER_STATEMENT_TIMEOUT_MS',
    // A statement that outlives the lease of 30 s works for nobody.
    z.coerce.number().int().min(100).max(30_000).default(15_000),
    'Milliseconds after which PostgreSQL ends a statement of a worker.',
  ),
  lockTimeoutMs: setting(
    'PROVOST_DATABASE_LOCK_TIMEOUT_MS',
    z.coerce.number().int().min(100).max(600_000).default(4_000),
    'Milliseconds a statement of a request waits for a lock.',
  ),
  idleTransactionTimeoutMs: setting(
    'PROVOST_DATABASE_IDLE_TRANSACTION_TIMEOUT_MS',
    z.coerce.number().int().min(1_000).max(600_000).default(30_000),
    'Milliseconds after which PostgreSQL ends a transaction in which nothing happens.',
  ),
});

export type DatabaseSettings = SettingsOf<typeof databaseSettings>;
