// An installation whose every password and key is recognized wherever it turns up: database, directory, built service.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client as LdapClient } from 'ldapts';
import { Client } from 'pg';
import { startLdapServer } from '../../../src/embedded/directory/index.js';
import { ADMIN_URL_VARIABLE, createEmptyDatabase, TEST_PREFIX } from '../../support/postgres.js';
import { root } from '../../support/repository.js';
import { type ServiceProcess, startServiceProcess } from '../../support/service-process.js';
import type { Place } from './canary-places.js';
import { secret } from './canary-secrets.js';

const BASE_DN = 'dc=example,dc=org';
export const ADMIN_DN = `cn=admin,${BASE_DN}`;
export const PEOPLE = `ou=people,${BASE_DN}`;
const SERVICES = `ou=dsa,${BASE_DN}`;

/** What must be ended or removed afterwards, in reverse order. */
export type Closing = (() => Promise<unknown> | void)[];

export interface Installation {
  readonly ownerUrl: string;
  /** Another database with the table `people`; without its password. */
  readonly tableUrl: URL;
  readonly directoryPort: number;
  readonly service: ServiceProcess;
  readonly url: string;
  /** As it was printed for whoever started the service. */
  readonly setupToken: string;
  readonly dataFolder: string;
  /** What the migration said. */
  readonly migration: Place;
}

/** Migrates as the owner, then starts the built service as the other role. */
export async function startInstallation(closing: Closing): Promise<Installation> {
  const { ownerUrl, servingUrl, tableUrl } = await prepareDatabases(closing);
  const directory = await prepareDirectory(closing);
  const dataFolder = aFolder('provost-canary-data-', closing);
  const settings = {
    DATABASE_URL: servingUrl,
    PROVOST_DATA: dataFolder,
    PROVOST_SECRETS_KEY: secret.key.toString('base64'),
    PROVOST_LOGGING_LEVEL: 'debug',
  };
  const migration = await migrate({ PROVOST_DATABASE_MIGRATE_URL: ownerUrl, ...settings });
  const service = startServiceProcess({
    ...settings,
    PORT: '0',
    PROVOST_QUEUE_TIME_FACTOR: '0.1',
    PROVOST_DIALER_ALLOW: '127.0.0.1',
    FD_LDAP_MASTER_URL: directory.url,
    LDAP_BASE: BASE_DN,
    LDAP_ADMIN: ADMIN_DN,
    LDAP_PWD: secret.directory,
    LDAP_OU_DSA: SERVICES,
    // The waits are another spec's; here many wrong logins are made.
    ...Object.fromEntries(
      ['PAIR', 'ACCOUNT', 'ADDRESS', 'ALL', 'DIRECTORY'].map((whose) => [
        `PROVOST_AUTH_${whose}_REFUSALS_COUNT`,
        '100000',
      ]),
    ),
  });
  closing.push(async () => {
    if (service.process.exitCode === null && service.process.signalCode === null)
      await service.kill('SIGKILL');
  });
  await service.says('POST http');
  return {
    ownerUrl,
    tableUrl,
    directoryPort: directory.port,
    service,
    url: /"url":"([^"]+)"/.exec(service.output())?.[1]?.replace('[::1]', '127.0.0.1') ?? '',
    setupToken: SETUP_TOKEN.exec(service.output())?.[1] ?? '',
    dataFolder,
    migration,
  };
}

/** The line that tells the setup token. */
export const SETUP_TOKEN = /^ {2}([A-Za-z0-9_-]{43})$/m;

export function aFolder(prefix: string, closing: Closing): string {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  closing.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function migrate(env: Record<string, string>): Promise<Place> {
  const child = spawn(process.execPath, [join(root, 'dist', 'src', 'migrate.js')], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (words: string) => (text += words));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`The migration ended with code ${code}: ${text}`);
  return { name: 'npm run migrate', text };
}

/** One database for the service, with an owner and a role that serves, and one with a table to provision. */
async function prepareDatabases(
  closing: Closing,
): Promise<{ ownerUrl: string; servingUrl: string; tableUrl: URL }> {
  const named = (what: string): string => `${TEST_PREFIX}${what}_${randomBytes(6).toString('hex')}`;
  const roles = { owner: named('owner'), serving: named('serving'), table: named('table') };
  // After the databases, in which they have rights.
  closing.push(() => execute(adminUrl(), `drop role if exists ${Object.values(roles).join(', ')}`));
  const own = await createEmptyDatabase();
  closing.push(own.drop);
  const foreign = await createEmptyDatabase();
  closing.push(foreign.drop);
  const admin = new Client({ connectionString: own.url });
  await admin.connect();
  try {
    for (const [name, role] of Object.entries(roles)) {
      const password = secret[name as keyof typeof roles];
      await admin.query(`create role ${role} login password ${admin.escapeLiteral(password)}`);
      await admin.query(`grant ${role} to current_user`);
    }
    const [{ name } = { name: '' }] = (
      await admin.query<{ name: string }>('select current_database() as name')
    ).rows;
    await admin.query(
      `grant all on database ${name} to ${roles.owner}; grant all on schema public to ${roles.owner}`,
    );
  } finally {
    await admin.end();
  }
  await execute(
    foreign.url,
    `create table people (login text primary key, surname text);
     grant select, insert, update, delete on people to ${roles.table}`,
  );
  return {
    ownerUrl: as(own.url, roles.owner, secret.owner).href,
    servingUrl: as(own.url, roles.serving, secret.serving).href,
    tableUrl: as(foreign.url, roles.table, ''),
  };
}

/** The built-in directory, with a person who has a password. */
async function prepareDirectory(closing: Closing): Promise<{ url: string; port: number }> {
  const directory = await startLdapServer({
    dataDirectory: aFolder('provost-canary-directory-', closing),
    port: 0,
    baseDn: BASE_DN,
    adminDn: ADMIN_DN,
    password: secret.directory,
    durable: false,
  });
  closing.push(() => directory.stop());
  const client = new LdapClient({ url: directory.url });
  try {
    await client.bind(ADMIN_DN, secret.directory);
    await client.add(BASE_DN, { objectClass: ['dcObject', 'organization'], dc: 'example', o: 'Example' });
    await client.add(PEOPLE, { objectClass: 'organizationalUnit', ou: 'people' });
    await client.add(`uid=ada,${PEOPLE}`, {
      objectClass: ['inetOrgPerson'],
      uid: 'ada',
      cn: 'Ada',
      sn: 'Lovelace',
      userPassword: secret.person,
    });
    await client.add(SERVICES, { objectClass: 'organizationalUnit', ou: 'dsa' });
    await client.add(`cn=backup,${SERVICES}`, {
      objectClass: ['organizationalRole', 'simpleSecurityObject'],
      cn: 'backup',
      userPassword: secret.dsa,
    });
  } finally {
    await client.unbind();
  }
  return { url: directory.url, port: directory.port };
}

function as(url: string, user: string, password: string): URL {
  const changed = new URL(url);
  changed.username = user;
  changed.password = encodeURIComponent(password);
  return changed;
}

function adminUrl(): string {
  return process.env[ADMIN_URL_VARIABLE] ?? '';
}

async function execute(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
