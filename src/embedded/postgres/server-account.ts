// Whom the server runs as. PostgreSQL refuses to run as root, so root has to hand it to somebody else.
import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';

export interface ServerAccount {
  readonly uid: number;
  readonly gid: number;
}

/**
 * The account for a server whose data are at `existingData`, if there are any; undefined means our own.
 * Root keeps to the owner of existing data, else takes `postgres`, else `nobody`.
 */
export function chooseAccount(existingData: string | undefined): ServerAccount | undefined {
  if (process.getuid?.() !== 0) return undefined;
  if (existingData !== undefined) {
    const { uid, gid } = statSync(existingData);
    if (uid !== 0) return { uid, gid };
  }
  const passwd = readFileSync('/etc/passwd', 'utf8');
  const account = findAccount(passwd, 'postgres') ?? findAccount(passwd, 'nobody');
  if (account !== undefined) return account;
  throw new Error(
    'PostgreSQL refuses to run as root, and /etc/passwd names neither postgres nor nobody to run it as. ' +
      'Start Provost as a plain user, or set DATABASE_URL to a server of your own.',
  );
}

/** What to spread into the options of a spawn so that it runs as this account. */
export function credentials(account: ServerAccount | undefined): { uid?: number; gid?: number } {
  return account === undefined ? {} : { uid: account.uid, gid: account.gid };
}

/** Whether the account can go into the directory; asks the system, since modes alone do not tell. */
export function canEnter(account: ServerAccount | undefined, directory: string): boolean {
  const { status } = spawnSync('/bin/sh', ['-c', 'cd -- "$1"', 'sh', directory], {
    ...credentials(account),
    cwd: '/',
    env: {},
    stdio: 'ignore',
  });
  return status === 0;
}

/** The account of that name in the text of a passwd(5) file, unless it is root's. */
export function findAccount(passwd: string, name: string): ServerAccount | undefined {
  for (const line of passwd.split('\n')) {
    const [login, , uid, gid] = line.split(':');
    // macOS has negative numbers: nobody is -2.
    if (login !== name || !/^-?\d+$/.test(uid ?? '') || !/^-?\d+$/.test(gid ?? '')) continue;
    if (Number(uid) !== 0) return { uid: Number(uid), gid: Number(gid) };
  }
  return undefined;
}
