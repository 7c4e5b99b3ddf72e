// An OpenLDAP server of a spec's own: a temporary folder, a free loopback port, a small tree.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { findSlapd, type SlapdInstallation, usualPlaces } from '../../src/embedded/directory/index.js';
import { freePort } from '../../src/embedded/process/index.js';

const found = findSlapd(usualPlaces(process.env['PATH']));

/** Why there is no slapd on this machine; undefined where there is one. */
export const noSlapd: string | undefined = typeof found === 'string' ? found : undefined;
export const hasSlapd = noSlapd === undefined;

export const SLAPD_BASE = 'ou=people,dc=example,dc=org';
export const SLAPD_BIND_DN = 'cn=provost,dc=example,dc=org';
export const SLAPD_PASSWORD = 'a-Password-that-must-not-leak-7f3';

export interface SlapdOptions {
  /** Lines of slapd.conf before the database section. */
  readonly global?: string;
  /** Lines within it; by default, searches are not cut off. */
  readonly database?: string;
  /** Serves ldaps:// on the port instead. */
  readonly tls?: boolean;
}

export class Slapd {
  #child: ChildProcess | undefined;

  private constructor(
    readonly folder: string,
    readonly port: number,
    readonly scheme: 'ldap' | 'ldaps',
  ) {}

  static async start(options: SlapdOptions = {}): Promise<Slapd> {
    const { command } = installation();
    const folder = mkdtempSync(join(tmpdir(), 'provost-slapd-'));
    mkdirSync(join(folder, 'data'));
    writeFileSync(join(folder, 'slapd.conf'), configuration(folder, options), { mode: 0o600 });
    writeFileSync(join(folder, 'tree.ldif'), TREE);
    const files = ['-f', join(folder, 'slapd.conf'), '-l', join(folder, 'tree.ldif')];
    execFileSync(command, ['-T', 'add', '-b', 'dc=example,dc=org', ...files]);
    const slapd = new Slapd(folder, await freePort(), options.tls === true ? 'ldaps' : 'ldap');
    await slapd.run();
    return slapd;
  }

  get url(): string {
    return `${this.scheme}://127.0.0.1:${this.port}`;
  }

  /** Runs it, again on the same port and data after `halt`. */
  async run(): Promise<void> {
    const child = spawn(
      installation().command,
      ['-d', '0', '-f', join(this.folder, 'slapd.conf'), '-h', this.url],
      {
        stdio: 'ignore',
      },
    );
    this.#child = child;
    while (!(await accepts(this.port))) {
      if (child.exitCode !== null) throw new Error(`slapd ended with code ${child.exitCode}`);
      await pause(20);
    }
  }

  async halt(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null) return;
    this.#child = undefined;
    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    await exit;
  }

  async remove(): Promise<void> {
    await this.halt();
    rmSync(this.folder, { recursive: true });
  }
}

/** A certificate signed by an authority of its own. */
export function issueCertificate(
  folder: string,
  subjectAltName: string,
  days = 2,
): { authority: string; certificateFile: string; keyFile: string } {
  mkdirSync(folder, { recursive: true });
  const file = (name: string): string => join(folder, name);
  const openssl = (...args: string[]): void =>
    void execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...key,
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-days',
    '9',
    '-subj',
    '/CN=Test CA',
  );
  openssl('req', ...key, '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=directory');
  writeFileSync(file('san.txt'), `subjectAltName=${subjectAltName}\n`);
  const signing = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'san.txt'];
  openssl('x509', '-req', '-in', 'server.csr', ...signing, '-out', 'server.pem', '-days', String(days));
  return {
    authority: readFileSync(file('ca.pem'), 'utf8'),
    certificateFile: file('server.pem'),
    keyFile: file('server.key'),
  };
}

function installation(): SlapdInstallation {
  if (typeof found === 'string') throw new Error(found);
  return found;
}

function configuration(folder: string, options: SlapdOptions): string {
  const { schemas, modules } = installation();
  return [
    ...schemas.map((file) => `include ${file}`),
    ...(modules === undefined ? [] : [`modulepath ${modules}`, 'moduleload back_mdb']),
    options.global ?? '',
    'database mdb',
    'suffix "dc=example,dc=org"',
    'rootdn "cn=root,dc=example,dc=org"',
    `directory ${folder}/data`,
    'maxsize 268435456',
    'dbnosync',
    'index objectClass,entryUUID eq',
    options.database ?? `limits dn.exact="${SLAPD_BIND_DN}" size=unlimited`,
    `access to * by dn.exact="${SLAPD_BIND_DN}" write by anonymous auth by users read`,
    '',
  ].join('\n');
}

const TREE = `dn: dc=example,dc=org
objectClass: dcObject
objectClass: organization
dc: example
o: Example

dn: ${SLAPD_BIND_DN}
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: provost
userPassword: ${SLAPD_PASSWORD}

dn: ${SLAPD_BASE}
objectClass: organizationalUnit
ou: people

dn: ou=moved,${SLAPD_BASE}
objectClass: organizationalUnit
ou: moved

`;

async function accepts(port: number): Promise<boolean> {
  const socket = connect({ port, host: '127.0.0.1' });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
