// What happens to one person in the workload, and what account follows from it: decisions only.

export type ChangeKind = 'create' | 'modify' | 'rename' | 'revoke' | 'grant' | 'remove';

export interface Person {
  readonly number: number;
  /** Counts the changes; the newest is the marker of the values. */
  readonly change: number;
  readonly login: string;
  /** The change whose values it has. */
  readonly marker: number;
  readonly standing: 'new' | 'with-role' | 'without-role' | 'gone';
}

/** The account as it must be in the end. */
export interface WantedAccount {
  readonly login: string;
  readonly title: string;
  readonly mail: string;
}

export function newPerson(number: number): Person {
  return { number, change: 0, login: '', marker: 0, standing: 'new' };
}

/** @param draw uniform in [0, 1) */
export function nextChange({ standing }: Person, draw: number): ChangeKind | null {
  switch (standing) {
    case 'new':
      return 'create';
    case 'with-role':
      return draw < 0.72 ? 'modify' : draw < 0.84 ? 'rename' : draw < 0.96 ? 'revoke' : 'remove';
    case 'without-role':
      return draw < 0.7 ? 'grant' : draw < 0.95 ? 'modify' : 'remove';
    case 'gone':
      return null;
  }
}

export function changed(person: Person, kind: ChangeKind): Person {
  const change = person.change + 1;
  const login = `p${person.number}-${change}`;
  switch (kind) {
    case 'create':
      return { ...person, change, login, marker: change, standing: 'with-role' };
    case 'modify':
      return { ...person, change, marker: change };
    case 'rename':
      return { ...person, change, login, marker: change };
    case 'revoke':
      return { ...person, change, standing: 'without-role' };
    case 'grant':
      return { ...person, change, standing: 'with-role' };
    case 'remove':
      return { ...person, change, standing: 'gone' };
  }
}

export function wantedAccount(person: Person): WantedAccount | null {
  return person.standing === 'with-role' ? { login: person.login, ...valuesOf(person) } : null;
}

/** Every value of a change tells which one it was. */
export function valuesOf({ marker }: Person): { readonly title: string; readonly mail: string } {
  return { title: `m${marker}`, mail: `m${marker}@example.org` };
}
