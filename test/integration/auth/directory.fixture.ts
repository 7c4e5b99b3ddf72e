// A directory that people and service accounts log in with, and a service that asks it.
import { PresenceFilter } from 'ldapts';
import { Dialer } from '../../../src/platform/dialer/index.js';
import {
  DirectoryConnection,
  type DirectoryAttribute,
  type DirectoryChange,
} from '../../../src/platform/directory/index.js';
import { Secret } from '../../../src/platform/logging/index.js';
import { SLAPD_BASE, SLAPD_BIND_DN, SLAPD_PASSWORD, Slapd, type SlapdOptions } from '../../support/slapd.js';

export const DSA_BASE = 'ou=dsa,dc=example,dc=org';

const signal = new AbortController().signal;

/** What a service that asks the directory is configured with. */
export function directoryEnv(url: string): Record<string, string> {
  return {
    FD_LDAP_MASTER_URL: url,
    LDAP_BASE: 'dc=example,dc=org',
    LDAP_ADMIN: SLAPD_BIND_DN,
    LDAP_PWD: SLAPD_PASSWORD,
    LDAP_OU_DSA: DSA_BASE,
    PROVOST_DIRECTORY_PEOPLE_BASE: SLAPD_BASE,
    // What is refused on purpose is no attack.
    PROVOST_AUTH_PAIR_REFUSALS_COUNT: '100000',
    PROVOST_AUTH_ACCOUNT_REFUSALS_COUNT: '100000',
    PROVOST_AUTH_ADDRESS_REFUSALS_COUNT: '100000',
    PROVOST_AUTH_ALL_REFUSALS_COUNT: '100000',
    PROVOST_AUTH_DIRECTORY_REFUSALS_COUNT: '100000',
  };
}

export class LoginDirectory {
  #admin: DirectoryConnection | undefined;

  private constructor(readonly slapd: Slapd) {}

  static async start(options: SlapdOptions = {}): Promise<LoginDirectory> {
    const directory = new LoginDirectory(await Slapd.start(options));
    await directory.add(DSA_BASE, { objectClass: 'organizationalUnit', ou: 'dsa' });
    return directory;
  }

  get url(): string {
    return this.slapd.url;
  }

  /** A service account as FusionDirectory writes it. */
  async addDsa(cn: string, password: string, base = DSA_BASE): Promise<string> {
    const dn = `cn=${cn},${base}`;
    await this.add(dn, {
      objectClass: ['organizationalRole', 'simpleSecurityObject'],
      cn,
      userPassword: password,
    });
    return dn;
  }

  async addPerson(uid: string, password: string, base = SLAPD_BASE): Promise<string> {
    const dn = `uid=${uid},${base}`;
    await this.add(dn, {
      objectClass: 'inetOrgPerson',
      uid,
      cn: `Person ${uid}`,
      sn: uid,
      userPassword: password,
    });
    return dn;
  }

  async add(dn: string, values: Record<string, string | string[]>): Promise<void> {
    const attributes = Object.entries(values).map(([type, value]): DirectoryAttribute => ({
      type,
      values: [value].flat(),
    }));
    await (await this.#connection()).add(dn, attributes, [], signal);
  }

  async change(dn: string, type: string, ...values: string[]): Promise<void> {
    const change: DirectoryChange = { operation: 'replace', type, values };
    await (await this.#connection()).modify(dn, [change], [], signal);
  }

  async move(dn: string, newRdn: string, newSuperior: string): Promise<void> {
    await (await this.#connection()).rename(dn, newRdn, newSuperior, [], signal);
  }

  /** The values of one attribute, operational ones too. */
  async read(dn: string, type: string): Promise<string[]> {
    const filter = new PresenceFilter({ attribute: 'objectClass' });
    const connection = await this.#connection();
    const answer = await connection.search({ base: dn, scope: 'base', filter, attributes: [type] }, signal);
    return (answer.entries[0]?.attributes.get(type.toLowerCase()) ?? []).map((value) => value.toString());
  }

  async delete(dn: string): Promise<void> {
    await (await this.#connection()).delete(dn, [], signal);
  }

  async halt(): Promise<void> {
    this.#admin?.close();
    await this.slapd.halt();
  }

  async remove(): Promise<void> {
    this.#admin?.close();
    await this.slapd.remove();
  }

  async #connection(): Promise<DirectoryConnection> {
    if (this.#admin?.isOpen !== true) {
      const dialer = new Dialer({ allow: [], deny: [], ports: ['1-65535'], isProduction: false });
      this.#admin = await DirectoryConnection.open(
        {
          url: this.url,
          startTls: false,
          bindDn: SLAPD_BIND_DN,
          password: new Secret(SLAPD_PASSWORD),
          dial: (address, limit) => dialer.connect({ ...address, purpose: 'directory' }, limit),
        },
        signal,
      );
    }
    return this.#admin;
  }
}
