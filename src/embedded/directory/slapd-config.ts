// The slapd.conf of the demo directory. One file that slapd only reads, instead of a cn=config tree that
// it would have to be fed once and that would then have a life of its own.
import type { SlapdInstallation } from './slapd-installation.js';

export interface SlapdConfigOptions {
  readonly installation: SlapdInstallation;
  readonly baseDn: string;
  readonly adminDn: string;
  /** As userPassword holds it: {SSHA}… */
  readonly passwordHash: string;
  /** The folder of the database. */
  readonly database: string;
  /** False: nothing is flushed to disk, and a crash of the machine may destroy the database. */
  readonly durable: boolean;
}

/** Address space the database may grow into, in bytes; the file is sparse. */
const LARGEST_DATABASE = 4 * 1024 ** 3;
/** Room for a photo in one request, in bytes; as in the built-in server. */
const LARGEST_REQUEST = 16 * 1024 ** 2 - 1;

/** The text of the file; whoever may read it learns the password's hash. */
export function slapdConfig(options: SlapdConfigOptions): string {
  const { installation, baseDn, adminDn, passwordHash, database, durable } = options;
  const { schemas, modules } = installation;
  return [
    ...schemas.map((file) => `include ${quoted(file)}`),
    ...(modules === undefined ? [] : [`modulepath ${quoted(modules)}`, 'moduleload back_mdb']),
    `sockbuf_max_incoming_auth ${LARGEST_REQUEST}`,
    'database mdb',
    `suffix ${quoted(baseDn)}`,
    `rootdn ${quoted(adminDn)}`,
    `rootpw ${quoted(passwordHash)}`,
    `directory ${quoted(database)}`,
    `maxsize ${LARGEST_DATABASE}`,
    ...(durable ? [] : ['dbnosync']),
    'sizelimit unlimited',
    'index objectClass,entryUUID,uid,cn,member eq',
    'access to attrs=userPassword by anonymous auth by * none',
    'access to * by users read by * none',
    '',
  ].join('\n');
}

/** One argument in slapd.conf, whatever is in it (slapd.conf(5)). */
function quoted(argument: string): string {
  return `"${argument.replaceAll(/["\\]/g, '\\$&')}"`;
}
