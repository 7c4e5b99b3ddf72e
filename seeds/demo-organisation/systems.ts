// The two systems of the demo organisation: which roles give an account there, and what the account holds.
import type { MappingsService } from '../../src/provisioning/index.js';
import type { RoleCode } from './occupations.js';
import { demoPeople } from './people.js';

export type DemoMapping = Parameters<MappingsService['create']>[2];

export interface DemoSystem {
  readonly name: string;
  readonly description: string;
  readonly connector: string;
  /** One of these is enough for an account. */
  readonly roles: readonly RoleCode[];
}

/** The form attribute of identities that holds their photo. */
export const PHOTO = 'photo';
/** The table of the demo database. */
export const TABLE = 'accounts';

export const demoDirectory: DemoSystem = {
  name: 'Demo directory',
  description: 'Who may log in: everybody but guests and mere alumni.',
  connector: 'ldap',
  roles: [
    'employee',
    'student',
    'teacher',
    'researcher',
    'library-user',
    'it-staff',
    'hr-staff',
    'exam-office',
    'lab-safety',
    'dean',
  ],
};

export const demoDatabase: DemoSystem = {
  name: 'Demo database',
  description: 'Who gets a key to the house: employees and guests.',
  connector: 'sql',
  roles: ['employee', 'guest'],
};

const WHOLE_NAME = "default(identity.displayName, identity.givenName + ' ' + identity.surname)";
const PHOTO_IF_ANY = `default(form.${PHOTO}, null)`;

export function peopleBranch(baseDn: string): string {
  return `ou=people,${baseDn}`;
}

export function directoryMapping(baseDn: string): DemoMapping {
  return {
    entityType: 'identity',
    objectClass: 'inetOrgPerson',
    // A text of JSON is a text of CEL.
    identifierExpression: `rdn('uid', identity.login) + ${JSON.stringify(`,${peopleBranch(baseDn)}`)}`,
    attributes: [
      { attribute: 'uid', expression: 'identity.login', isCorrelation: true },
      { attribute: 'cn', expression: WHOLE_NAME },
      { attribute: 'sn', expression: 'identity.surname' },
      { attribute: 'givenName', expression: 'identity.givenName' },
      { attribute: 'displayName', expression: 'identity.displayName' },
      { attribute: 'title', expression: 'identity.title' },
      { attribute: 'mail', expression: 'identity.email' },
      { attribute: 'telephoneNumber', expression: 'identity.phone' },
      { attribute: 'employeeType', expression: 'roles', isMultivalued: true },
      { attribute: 'jpegPhoto', expression: PHOTO_IF_ANY },
    ],
  };
}

export const databaseMapping: DemoMapping = {
  entityType: 'identity',
  objectClass: TABLE,
  identifierExpression: 'identity.login',
  attributes: [
    { attribute: 'login', expression: 'identity.login', isCorrelation: true },
    { attribute: 'full_name', expression: WHOLE_NAME },
    { attribute: 'email', expression: 'identity.email' },
    { attribute: 'roles', expression: 'roles', isMultivalued: true },
    { attribute: 'photo', expression: PHOTO_IF_ANY },
    { attribute: 'is_active', expression: "identity.state == 'active'" },
  ],
};

/** How many accounts the demo organisation alone gives each system, by the system's name. */
export function expectedAccounts(): Record<string, number> {
  return Object.fromEntries(
    [demoDirectory, demoDatabase].map(({ name, roles }) => [
      name,
      demoPeople.filter((person) => person.roles.some((role) => roles.includes(role))).length,
    ]),
  );
}
