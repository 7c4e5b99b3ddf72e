import type { Occupation } from './occupations.js';

/** People who write their names alike. */
export interface NameGroup {
  /** BCP 47, with the script where the language has several. */
  readonly language: string;
  /** How a doctor and a professor are addressed. */
  readonly titles: readonly [doctor: string, professor: string];
  /** How the whole name is written, if not with the given name first. */
  readonly displayName?: WholeName;
  readonly people: readonly PersonRow[];
}

export type WholeName = (givenName: string, surname: string) => string;

export type PersonRow = readonly [
  login: string,
  givenName: string,
  surname: string,
  occupation: Occupation,
  exceptions?: Exceptions,
];

/** What does not follow from the group and the occupation. */
export interface Exceptions {
  readonly displayName?: string | null;
  readonly title?: string | null;
  readonly email?: string | null;
  readonly phone?: string | null;
}

export const surnameLast: WholeName = (givenName, surname) => `${givenName} ${surname}`;
export const surnameFirst: WholeName = (givenName, surname) => `${surname} ${givenName}`;
export const surnameFirstJoined: WholeName = (givenName, surname) => `${surname}${givenName}`;
