// The people of the demo organisation: always the same, so that what becomes of them can be counted.
import { eastAsianScripts } from './east-asian-scripts.js';
import { europeanScripts } from './european-scripts.js';
import { hardNames } from './hard-names.js';
import { latinNames } from './latin-names.js';
import { type NameGroup, type PersonRow, surnameLast } from './name-group.js';
import { type Occupation, type RoleCode, rolesOf } from './occupations.js';
import { southAsianScripts } from './south-asian-scripts.js';
import { westAsianScripts } from './west-asian-scripts.js';

export interface DemoPerson {
  readonly login: string;
  readonly givenName: string;
  readonly surname: string;
  readonly displayName: string | null;
  readonly title: string | null;
  readonly email: string | null;
  readonly phone: string | null;
  readonly roles: readonly RoleCode[];
}

const groups: readonly NameGroup[] = [
  ...latinNames,
  ...europeanScripts,
  ...westAsianScripts,
  ...southAsianScripts,
  ...eastAsianScripts,
  ...hardNames,
];

/** 200 people, all of them made up. */
export const demoPeople: readonly DemoPerson[] = groups
  .flatMap((group) => group.people.map((row) => ({ group, row })))
  .map(({ group, row }, index) => toPerson(group, row, index));

function toPerson(group: NameGroup, row: PersonRow, index: number): DemoPerson {
  const [login, givenName, surname, occupation, exceptions] = row;
  const roles = rolesOf(occupation);
  const wholeName = group.displayName ?? surnameLast;
  return {
    login,
    givenName,
    surname,
    displayName: wholeName(givenName, surname),
    title: titleOf(group, occupation),
    // A freshman gets an address later, a visitor none.
    email: ['freshman', 'visitor'].includes(occupation) ? null : `${login}@example.org`,
    // Of the numbers that Ofcom keeps free for fiction.
    phone: roles.includes('employee') ? `+44 1632 960${String(index).padStart(3, '0')}` : null,
    roles,
    ...exceptions,
  };
}

function titleOf({ titles: [doctor, professor] }: NameGroup, occupation: Occupation): string | null {
  switch (occupation) {
    case 'professor':
    case 'dean':
      return professor;
    case 'lecturer':
    case 'researcher':
    case 'visiting-lecturer':
      return doctor;
    default:
      return null;
  }
}
