// npm run migrate: brings the database to this version's schema. Safe to run from several places at once.
import { migrations } from '../migrations/index.js';
import { startEmbedded } from './embedded/index.js';
import { loadSettings, processSettings, type ProcessSettings } from './platform/config/index.js';
import { databaseSettings, type DatabaseSettings, migrate } from './platform/database/index.js';
import { settingsGroups } from './settings.js';

function log(message: string): void {
  process.stdout.write(`${message}\n`);
}

try {
  const { values } = loadSettings(settingsGroups);
  const { url } = values.get(databaseSettings.token) as DatabaseSettings;
  const { dataDirectory } = values.get(processSettings.token) as ProcessSettings;
  const embedded = await startEmbedded({ databaseUrl: url, dataDirectory, wantsDirectory: false, log });
  try {
    const applied = await migrate({ url: embedded.databaseUrl, migrations, log });
    log(applied.length === 0 ? 'The schema is up to date.' : `Applied ${applied.length} migration(s).`);
  } finally {
    await embedded.stop();
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
