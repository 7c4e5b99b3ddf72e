// npm run quickstart: everything on embedded defaults, a demo organisation provisioned for real, and what to look at next.
// With --once it reports in one line of JSON and ends.
import { randomBytes } from 'node:crypto';
import { createWriteStream, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { seedDemo } from '../seeds/demo.js';
import { demoContext } from '../seeds/demo-context.js';
import { seedOperator } from '../seeds/operator.js';
import { freePort } from './embedded/process/index.js';
import { systemClock } from './platform/clock/index.js';
import { loadSettings, processSettings, type ProcessSettings } from './platform/config/index.js';
import { Database } from './platform/database/index.js';
import { Progress } from './quickstart/progress.js';
import { followQueue } from './quickstart/follow-queue.js';
import { toLdif } from './quickstart/ldif.js';
import { readBack } from './quickstart/read-back.js';
import { settingsGroups } from './settings.js';
import { startService } from './start-service.js';
import { stopOnSignal } from './stop-on-signal.js';

const EXAMPLE_LOGIN = 'epapadaki';
const { values: options } = parseArgs({
  options: { once: { type: 'boolean', default: false }, 'started-at': { type: 'string' } },
});
const startedAt = Number(options['started-at'] ?? performance.timeOrigin);
const progress = new Progress(process.stdout);

try {
  await quickstart();
} catch (error) {
  process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

async function quickstart(): Promise<void> {
  const { dataDirectory } = loadSettings(settingsGroups).values.get(processSettings.token) as ProcessSettings;
  mkdirSync(dataDirectory, { recursive: true, mode: 0o755 });
  const logFile = join(dataDirectory, 'provost.log');
  say(`  starting on the data in ${dataDirectory} (log: ${logFile}) …`);
  const starting = startService({
    logTo: createWriteStream(logFile, { flags: 'a', mode: 0o600 }),
    wantsDirectory: true,
    choosePort: freePort,
  });
  stopOnSignal(starting, say);
  const service = await starting;
  const { directory } = service.embedded;
  if (!directory) throw new Error('The demo directory did not start.');
  say(
    `  database ready; demo directory: ${directory.kind === 'slapd' ? 'the installed slapd' : 'built in'} at ${directory.url}`,
  );

  const passwordFile = join(dataDirectory, 'admin-password');
  if (!existsSync(passwordFile))
    writeFileSync(passwordFile, `${randomBytes(15).toString('base64url')}\n`, { mode: 0o600 });
  await seedOperator({
    database: service.app.get(Database),
    login: 'admin',
    passwordFile,
    roles: ['administrator'],
    log: () => undefined,
  });
  say('  the demo organisation …');
  const seeded = await seedDemo(demoContext(service.app, directory, service.embedded.ownerUrl));
  say(
    `  ${seeded.created.identities} identities created, ${seeded.present.identities} were there; provisioning …`,
  );
  const queue = await followQueue(service, (line) => progress.show(line));
  progress.end();

  const systems = await readBack(service, EXAMPLE_LOGIN);
  const [{ identities } = { identities: 0 }] = await service.app
    .get(Database)
    .query<{ identities: number }>('select count(*) as identities from registry_identities');
  const seconds = Math.round((systemClock.now().getTime() - startedAt) / 100) / 10;

  say('');
  say(`${identities} identities. On the systems themselves, read back just now:`);
  for (const { name, objects, photosEqual, photosDifferent } of systems) {
    say(
      `  ${name}: ${objects} accounts, ${photosEqual} photos equal to their source${photosDifferent.length > 0 ? `, NOT equal: ${photosDifferent.slice(0, 5).join(', ')}` : ''}`,
    );
  }
  say(
    `Queue: ${queue.executed} operations executed, ${queue.failed} failed, ${queue.waiting} waiting. ${seconds} s.`,
  );
  const example = systems.find(({ example: object }) => object?.identifier.includes('='))?.example;
  if (example) say(`\nOne account as the directory has it:\n${indent(toLdif(example))}`);
  say(`\nSwagger UI:  ${service.url}/docs\nLog in:      admin, with the password in ${passwordFile}`);

  if (options.once) {
    const accounts = Object.fromEntries(systems.map(({ name, objects }) => [name, objects]));
    const isWhole =
      queue.failed === 0 &&
      queue.waiting === 0 &&
      systems.every(({ photosDifferent }) => photosDifferent.length === 0);
    await service.stop();
    say(JSON.stringify({ identities, accounts, operations: queue, seconds, url: service.url }));
    process.exit(isWhole ? 0 : 1);
  }
  say(`
Try next, in another terminal:
  npm run -s provost -- --server ${service.url} login --login admin --password-file ${passwordFile}
  npm run -s provost -- identities show ${EXAMPLE_LOGIN}
  npm run -s provost -- identities update ${EXAMPLE_LOGIN} --surname Newname
  ldapsearch -LLL -x -H ${directory.url} -D ${directory.bindDn} -y ${directory.passwordFile} -b ${directory.baseDn} uid=${EXAMPLE_LOGIN}
  npm run -s provost -- queue
Ctrl-C ends it; the data stays, and the next start goes on from there.`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function indent(text: string): string {
  return text.replace(/^/gm, '  ');
}
