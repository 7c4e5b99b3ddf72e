// A directory for logins of the realm dsa: slapd where it is installed, the built-in server elsewhere.
import { Client } from 'ldapts';
import { hasSlapd, Slapd, SLAPD_BIND_DN, SLAPD_PASSWORD } from '../../test/support/slapd.js';
import { built } from './built.js';

const BASE_DN = 'dc=example,dc=org';
const SERVICES = `ou=dsa,${BASE_DN}`;

export const SERVICE_LOGIN = 'bench-service';
export const SERVICE_DN = `cn=${SERVICE_LOGIN},${SERVICES}`;
export const SERVICE_PASSWORD = 'a password that the directory keeps';

export interface ScratchDirectory {
  readonly url: string;
  /** What checks the passwords: a name for people. */
  readonly kind: string;
  /** The settings of a service that lets its accounts in. */
  readonly settings: Readonly<Record<string, string>>;
  readonly remove: () => Promise<void>;
}

export async function startScratchDirectory(folder: string): Promise<ScratchDirectory> {
  const server = hasSlapd ? await startSlapd() : await startBuiltIn(folder);
  const client = new Client({ url: server.url });
  try {
    await client.bind(SLAPD_BIND_DN, SLAPD_PASSWORD);
    await client.add(SERVICES, { objectClass: 'organizationalUnit', ou: 'dsa' });
    await client.add(SERVICE_DN, {
      objectClass: ['organizationalRole', 'simpleSecurityObject'],
      cn: SERVICE_LOGIN,
      userPassword: SERVICE_PASSWORD,
    });
  } catch (error) {
    await server.remove();
    throw error;
  } finally {
    await client.unbind();
  }
  return {
    ...server,
    settings: {
      FD_LDAP_MASTER_URL: server.url,
      LDAP_BASE: BASE_DN,
      LDAP_ADMIN: SLAPD_BIND_DN,
      LDAP_PWD: SLAPD_PASSWORD,
      LDAP_OU_DSA: SERVICES,
    },
  };
}

type Server = Pick<ScratchDirectory, 'url' | 'kind' | 'remove'>;

async function startSlapd(): Promise<Server> {
  const slapd = await Slapd.start();
  return { url: slapd.url, kind: 'slapd', remove: () => slapd.remove() };
}

async function startBuiltIn(folder: string): Promise<Server> {
  const { startLdapServer } = await built<typeof import('../../src/embedded/directory/index.js')>(
    'src/embedded/directory/index.js',
  );
  const server = await startLdapServer({
    dataDirectory: `${folder}/directory`,
    port: 0,
    baseDn: BASE_DN,
    adminDn: SLAPD_BIND_DN,
    password: SLAPD_PASSWORD,
    durable: false,
  });
  const client = new Client({ url: server.url });
  try {
    await client.bind(SLAPD_BIND_DN, SLAPD_PASSWORD);
    await client.add(BASE_DN, { objectClass: ['dcObject', 'organization'], dc: 'example', o: 'Example' });
  } finally {
    await client.unbind();
  }
  return { url: server.url, kind: 'the built-in directory', remove: () => server.stop() };
}
