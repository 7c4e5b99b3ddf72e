// npm run keys -- status | replace | forget | abandon ID: the keys that secrets are sealed with, while the service runs.
import { migrations } from '../migrations/index.js';
import './app.module.js';
import { AuditLog } from './audit/index.js';
import { joinEmbedded } from './embedded/index.js';
import { loadSettings, processSettings, type ProcessSettings } from './platform/config/index.js';
import {
  Database,
  databaseSettings,
  type DatabaseSettings,
  SchemaError,
  schemaState,
} from './platform/database/index.js';
import { maskText } from './platform/logging/index.js';
import {
  existingKeys,
  KeyCommands,
  secretsSettings,
  type SecretsSettings,
} from './platform/secrets/index.js';
import { settingsGroups } from './settings.js';

const USAGE = `npm run keys -- status     which key every secret is sealed with
npm run keys -- replace    puts every secret under a new key; where the key is configured, under the configured one
npm run keys -- forget     gives the previous keys up, after proving that nothing needs them
npm run keys -- abandon ID gives up what was sealed with the key ID, which is lost; docs/secrets.md says what that means`;

const COMMANDS = ['status', 'replace', 'forget', 'abandon'] as const;

const DONE = { replace: 'replaced', forget: 'forgotten', abandon: 'abandoned' } as const;

const log = (line: string): void => void process.stdout.write(`${line}\n`);

try {
  const [word, ...more] = process.argv.slice(2);
  const command = COMMANDS.find((name) => name === word);
  if (command === undefined || more.length !== (command === 'abandon' ? 1 : 0)) throw new Error(USAGE);
  process.exitCode = (await run(command, more[0] ?? '')) ? 0 : 1;
} catch (error) {
  process.stderr.write(`${maskText(error instanceof Error ? error.message : String(error))}\n`);
  process.exitCode = 1;
}

async function run(command: (typeof COMMANDS)[number], lostKey: string): Promise<boolean> {
  const { values } = loadSettings(settingsGroups);
  const settings = values.get(databaseSettings.token) as DatabaseSettings;
  const { dataDirectory } = values.get(processSettings.token) as ProcessSettings;
  const keys = existingKeys(values.get(secretsSettings.token) as SecretsSettings, dataDirectory);
  const embedded = await joinEmbedded({
    databaseUrl: settings.url,
    dataDirectory,
    wantsDirectory: false,
    log: () => undefined,
  });
  const database = new Database({
    url: embedded.databaseUrl,
    applicationName: 'provost keys',
    poolSize: 2,
    statementTimeoutMs: settings.workerStatementTimeoutMs,
    // One transaction stays open while the command works: it holds the lock.
    idleTransactionTimeoutMs: 0,
  });
  try {
    if ((await schemaState(embedded.databaseUrl, migrations)).pending.length > 0)
      throw new SchemaError('The database lacks migrations. Run: npm run migrate');
    await database.connect();
    const { isWell, hasChanged } = await new KeyCommands(database, keys, log)[command](lostKey);
    if (command !== 'status' && hasChanged)
      await record(database, DONE[command], { keyId: keys.ring.current.id, isWell });
    return isWell;
  } finally {
    await database.close();
    await embedded.stop();
  }
}

async function record(
  database: Database,
  verb: string,
  after: { readonly keyId: string; readonly isWell: boolean },
): Promise<void> {
  await database.transact((transaction) =>
    new AuditLog().record(transaction, {
      actor: { name: 'system', requestId: null },
      action: `secret-keys.${verb}`,
      objectType: 'secret-keys',
      objectId: after.keyId,
      after,
    }),
  );
}
