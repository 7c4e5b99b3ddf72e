// npm run seed -- demo | operator: fills a migrated database without HTTP.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Database } from '../src/platform/database/index.js';
import { openApplication } from '../src/start-service.js';
import { seedDemo } from './demo.js';
import { demoContext } from './demo-context.js';
import { seedOperator } from './operator.js';

const USAGE = `npm run seed -- demo [--directory-url URL --directory-bind-dn DN --directory-base-dn DN --directory-password-file FILE]
    The demo organisation: 200 identities, 12 roles, two systems. Without --directory-url the demo directory is used.
npm run seed -- operator --login NAME --password-file FILE [--role ROLE]… [--reset-password]
    An operator. The password is read from the file, never from the command line.`;

const log = (line: string): void => void process.stdout.write(`${line}\n`);

try {
  const [seed, ...args] = process.argv.slice(2);
  if (seed === 'demo') await demo(args);
  else if (seed === 'operator') await operator(args);
  else
    throw new Error(
      `${seed === undefined ? 'Which seed?' : `There is no seed ${JSON.stringify(seed)}.`}\n${USAGE}`,
    );
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

async function demo(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      'directory-url': { type: 'string' },
      'directory-bind-dn': { type: 'string' },
      'directory-base-dn': { type: 'string' },
      'directory-password-file': { type: 'string' },
    },
  });
  const configured = configuredDirectory(values);
  const { app, embedded, close } = await openApplication({ wantsDirectory: configured === null });
  try {
    const directory = configured ?? embedded.directory;
    if (!directory) throw new Error('The demo directory did not start.');
    log(JSON.stringify(await seedDemo(demoContext(app, directory, embedded.ownerUrl))));
  } finally {
    await close();
  }
}

function configuredDirectory(
  values: Record<string, string | undefined>,
): { url: string; baseDn: string; bindDn: string; password: string } | null {
  const url = values['directory-url'];
  if (url === undefined) return null;
  const {
    'directory-bind-dn': bindDn,
    'directory-base-dn': baseDn,
    'directory-password-file': file,
  } = values;
  if (bindDn === undefined || baseDn === undefined || file === undefined) {
    throw new Error(
      `With --directory-url the bind DN, the base DN and the password file are needed too.\n${USAGE}`,
    );
  }
  return { url, bindDn, baseDn, password: readFileSync(file, 'utf8').replace(/\r?\n$/, '') };
}

async function operator(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      login: { type: 'string' },
      'password-file': { type: 'string' },
      role: { type: 'string', multiple: true, default: ['administrator'] },
      'reset-password': { type: 'boolean', default: false },
    },
  });
  const { login, 'password-file': passwordFile } = values;
  if (login === undefined || passwordFile === undefined)
    throw new Error(`--login and --password-file are needed.\n${USAGE}`);
  const { app, close } = await openApplication({ wantsDirectory: false });
  try {
    const existing = values['reset-password'] ? 'reset' : 'keep';
    await seedOperator({
      database: app.get(Database),
      login,
      passwordFile,
      roles: values.role,
      existing,
      log,
    });
  } finally {
    await close();
  }
}
