// The whole application, as main starts it, on a test database and a port of its own.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { loadSettings } from '../../src/platform/config/index.js';
import { databaseSettings, type DatabaseSettings, Partitions } from '../../src/platform/database/index.js';
import { KeyRing } from '../../src/platform/secrets/index.js';
import { settingsGroups } from '../../src/settings.js';
import { createApp } from '../../src/start-service.js';
import { compiledChild } from './expression-child.js';

export interface WholeApp {
  readonly app: NestFastifyApplication;
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** @param dataKey the key of another process on the same database */
export async function startWholeApp(
  databaseUrl: string,
  env: Record<string, string> = {},
  dataKey: Buffer = randomBytes(32),
): Promise<WholeApp> {
  Logger.overrideLogger(['fatal']);
  const folder = mkdtempSync(join(tmpdir(), 'provost-app-'));
  const settings = loadSettings(settingsGroups, {
    PROVOST_AUDIT_CHECKPOINT_FILE: join(folder, 'audit-checkpoints.jsonl'),
    ...env,
  });
  const database = settings.values.get(databaseSettings.token) as DatabaseSettings;
  const app = await createApp(
    {
      settings,
      database: { ...database, url: databaseUrl },
      keys: KeyRing.of(dataKey),
      expressionsChild: compiledChild(),
    },
    false,
  );
  await app.get(Partitions).ensure();
  await app.listen(0, '127.0.0.1');
  return {
    app,
    url: (await app.getUrl()).replace('[::1]', '127.0.0.1'),
    close: async () => {
      await app.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
