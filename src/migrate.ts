// npm run migrate: brings the database to this version's schema. Safe to run from several places at once.
import { servingGrants } from '../migrations/grants.js';
import { migrations } from '../migrations/index.js';
import { startEmbedded } from './embedded/index.js';
import { loadSettings, processSettings, type ProcessSettings } from './platform/config/index.js';
import { databaseSettings, type DatabaseSettings, migrate, roleOf } from './platform/database/index.js';
import { maskText } from './platform/logging/index.js';
import { settingsGroups } from './settings.js';

function log(message: string): void {
  process.stdout.write(`${message}\n`);
}

try {
  const { values } = loadSettings(settingsGroups);
  const { url, migrateUrl } = values.get(databaseSettings.token) as DatabaseSettings;
  const { dataDirectory } = values.get(processSettings.token) as ProcessSettings;
  const embedded = await startEmbedded({
    databaseUrl: url,
    ownerUrl: migrateUrl,
    dataDirectory,
    wantsDirectory: false,
    log,
  });
  try {
    const role = roleOf(embedded.databaseUrl);
    const isApart = role !== roleOf(embedded.ownerUrl);
    const applied = await migrate({
      url: embedded.ownerUrl,
      migrations,
      serving: isApart ? { role, grants: servingGrants } : undefined,
      log,
    });
    if (isApart) log(`The role ${role} has the rights that migrations/grants.ts names, and no others.`);
    log(applied.length === 0 ? 'The schema is up to date.' : `Applied ${applied.length} migration(s).`);
  } finally {
    await embedded.stop();
  }
} catch (error) {
  process.stderr.write(`${maskText(error instanceof Error ? error.message : String(error))}\n`);
  process.exitCode = 1;
}
