// Whether an OpenLDAP server is on this machine, and where its parts are.
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Folders to look into, in this order. */
export interface SlapdPlaces {
  readonly commands: readonly string[];
  readonly schemas: readonly string[];
  readonly modules: readonly string[];
}

/** What a slapd needs to be started. */
export interface SlapdInstallation {
  readonly command: string;
  /** Schema files in the order in which they must be loaded. */
  readonly schemas: readonly string[];
  /** Where the mdb back end is loaded from; absent when it is built in. */
  readonly modules?: string;
}

const NEEDED_SCHEMAS = ['core', 'cosine', 'inetorgperson'];
const WELCOME_SCHEMAS = ['nis'];

/** Where distributions and Homebrew put slapd; `path` is the PATH of the environment, searched first. */
export function usualPlaces(path = ''): SlapdPlaces {
  const homebrew = ['/opt/homebrew/opt/openldap', '/usr/local/opt/openldap'];
  return {
    commands: [
      ...path.split(delimiter).filter((folder) => folder.startsWith('/')),
      '/usr/sbin',
      '/usr/local/sbin',
      '/usr/lib/openldap',
      ...homebrew.map((prefix) => `${prefix}/libexec`),
      '/usr/local/libexec',
      '/usr/libexec',
    ],
    schemas: [
      '/etc/ldap/schema',
      '/etc/openldap/schema',
      '/opt/homebrew/etc/openldap/schema',
      '/usr/local/etc/openldap/schema',
      ...homebrew.map((prefix) => `${prefix}/.bottle/etc/openldap/schema`),
    ],
    modules: [
      '/usr/lib/ldap',
      '/usr/lib64/openldap',
      '/usr/lib/openldap',
      '/usr/libexec/openldap',
      '/usr/local/libexec/openldap',
      ...homebrew.map((prefix) => `${prefix}/libexec/openldap`),
    ],
  };
}

/** The installation, or in words why there is none that can be used. */
export function findSlapd(places: SlapdPlaces): SlapdInstallation | string {
  const command = places.commands.map((folder) => join(folder, 'slapd')).find((file) => existsSync(file));
  if (command === undefined) return 'slapd is not installed';
  const folder = places.schemas.find((candidate) =>
    NEEDED_SCHEMAS.every((name) => existsSync(schemaFile(candidate, name))),
  );
  if (folder === undefined) return `${command} is there, but not its schema files`;
  const schemas = [...NEEDED_SCHEMAS, ...WELCOME_SCHEMAS]
    .map((name) => schemaFile(folder, name))
    .filter((file) => existsSync(file));
  const modules = places.modules.find((candidate) =>
    ['back_mdb.la', 'back_mdb.so'].some((file) => existsSync(join(candidate, file))),
  );
  return { command, schemas, ...(modules === undefined ? {} : { modules }) };
}

function schemaFile(folder: string, name: string): string {
  return join(folder, `${name}.schema`);
}
