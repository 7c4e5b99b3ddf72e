// Creates a cluster once; afterwards only its secret is read.
import { execFile } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { messageOf } from '../process/index.js';
import type { Binaries } from './binaries.js';
import { type ClusterPaths, makeDirectory, replaceFile } from './locations.js';
import { credentials, type ServerAccount } from './server-account.js';

/** The launcher's own role. Provost itself works as a plain owner, as it would on anybody's server. */
export const SUPERUSER = 'postgres';
const DRAFT = 'draft-';
const PASSWORD_FILE = 'initdb-password';

/** What the programs of PostgreSQL get as their environment; messages stay readable for this code. */
export const SERVER_ENVIRONMENT = { PATH: '/usr/bin:/bin', LC_ALL: 'C' } as const;

/** Returns the cluster's secret, after creating the cluster where there is none. */
export async function ensureCluster(options: {
  paths: ClusterPaths;
  binaries: Binaries;
  account: ServerAccount | undefined;
  durable: boolean;
  log: (message: string) => void;
}): Promise<string> {
  const { paths } = options;
  if (!existsSync(paths.data)) await createCluster(options);
  return ensuredSecret(paths);
}

/** The secret of a cluster that is there. */
export function ensuredSecret(paths: ClusterPaths): string {
  try {
    return readFileSync(paths.secret, 'utf8').trim();
  } catch (error) {
    const reason = messageOf(error);
    throw new Error(
      `The database in ${paths.data} cannot be opened without its secret: ${reason}. Make that file ` +
        `readable or restore it, or remove ${paths.folder} to start with an empty database.`,
      { cause: error },
    );
  }
}

/** The password of a role: one secret on disk, a different password for each role. */
export function passwordOf(secret: string, role: string): string {
  return createHmac('sha256', secret).update(role).digest('base64url');
}

type CreateOptions = Parameters<typeof ensureCluster>[0];

async function createCluster({ paths, binaries, account, durable, log }: CreateOptions): Promise<void> {
  log(`creating a PostgreSQL ${binaries.version} cluster in ${paths.data}`);
  makeDirectory(paths.folder, account === undefined ? 0o700 : 0o711);
  const secret = randomBytes(32).toString('base64url');
  replaceFile(paths.secret, `${secret}\n`);
  removeDrafts(paths.folder);
  // Complete or absent: the cluster gets its name when initdb has succeeded.
  const draft = join(paths.folder, `${DRAFT}${randomBytes(4).toString('hex')}`);
  const passwordFile = join(paths.folder, PASSWORD_FILE);
  try {
    mkdirSync(draft, { mode: 0o700 });
    writeFileSync(passwordFile, passwordOf(secret, SUPERUSER), { mode: 0o600, flag: 'wx' });
    if (account !== undefined) {
      chownSync(draft, account.uid, account.gid);
      chownSync(passwordFile, account.uid, account.gid);
    }
    const args = initdbArguments({ draft, passwordFile, major: binaries.major, durable });
    const where = { ...credentials(account), cwd: paths.folder, env: SERVER_ENVIRONMENT };
    await promisify(execFile)(join(binaries.bin, 'initdb'), args, where);
    renameSync(draft, paths.data);
  } finally {
    rmSync(passwordFile, { force: true });
    rmSync(draft, { recursive: true, force: true });
  }
}

function initdbArguments(wanted: {
  draft: string;
  passwordFile: string;
  major: number;
  durable: boolean;
}): string[] {
  // Sorted by code point everywhere, with Unicode's upper and lower case. Before version 17 the
  // C library has to know C.UTF-8, which those of the distributions that package 15 and 16 do.
  const locale =
    wanted.major >= 17
      ? ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
      : ['--locale=C.UTF-8'];
  return [
    `--pgdata=${wanted.draft}`,
    `--username=${SUPERUSER}`,
    `--pwfile=${wanted.passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    ...locale,
    '--data-checksums',
    '--no-instructions',
    ...(wanted.durable ? [] : ['--no-sync']),
  ];
}

function removeDrafts(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (name.startsWith(DRAFT) || name === PASSWORD_FILE) {
      rmSync(join(folder, name), { recursive: true, force: true, maxRetries: 5 });
    }
  }
}
