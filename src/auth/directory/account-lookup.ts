// What is asked of the directory about an account. Filters are objects: a login is a value in them, whatever it says.
import { EqualityFilter, type Filter, AndFilter, PresenceFilter } from 'ldapts';
import {
  type DirectoryConnection,
  type DirectoryEntry,
  DirectoryResultError,
  type DirectorySettings,
} from '../../platform/directory/index.js';
import { type AccountLock, foldLogin, lockOf } from '../domain/directory-account.js';

export type DirectoryRealm = 'dsa' | 'identity';

/** Where the accounts of a realm are. */
export interface AccountPlace {
  readonly base: string;
  readonly loginAttribute: string;
  /** Which entries are accounts at all. */
  readonly filter: Filter;
}

/** An entry as it was when its password was checked. */
export interface DirectoryAccount {
  readonly dn: string;
  /** Tells an entry from another that took its name; null where the directory has no such thing. */
  readonly uuid: string | null;
  /** In the one form that all spellings of it have. */
  readonly login: string;
  readonly displayName: string;
}

export interface FoundAccount extends DirectoryAccount {
  readonly lock: AccountLock;
}

const NO_SUCH_OBJECT = 32;
const SIZE_LIMIT_EXCEEDED = 4;
const LONGEST_LOGIN = 256;
const LONGEST_NAME = 200;

/** Undefined where the realm is not configured. */
export function placeOf(realm: DirectoryRealm, settings: DirectorySettings): AccountPlace | undefined {
  if (realm === 'dsa') {
    if (settings.dsaBase === undefined) return undefined;
    // Beside each account FusionDirectory keeps an entry for its tokens, which is none.
    const filter = new EqualityFilter({ attribute: 'objectClass', value: 'simpleSecurityObject' });
    return { base: settings.dsaBase, loginAttribute: 'cn', filter };
  }
  const base = settings.peopleBase ?? settings.base;
  if (base === undefined) return undefined;
  const { loginAttribute } = settings;
  return { base, loginAttribute, filter: new PresenceFilter({ attribute: loginAttribute }) };
}

/** The one account with this login; undefined when there is none, or more than one. */
export async function findByLogin(
  connection: DirectoryConnection,
  place: AccountPlace,
  login: string,
  signal: AbortSignal,
): Promise<FoundAccount | undefined> {
  const hasLogin = new EqualityFilter({ attribute: place.loginAttribute, value: login });
  const entries = await search(connection, place, place.base, 'sub', hasLogin, signal);
  const [entry, ...others] = entries;
  return entry === undefined || others.length > 0 ? undefined : toAccount(entry, place, foldLogin(login));
}

/** The account with this login at this DN, as it is now. */
export async function findAt(
  connection: DirectoryConnection,
  place: AccountPlace,
  account: Pick<DirectoryAccount, 'dn' | 'login'>,
  signal: AbortSignal,
): Promise<FoundAccount | undefined> {
  const anyEntry = new PresenceFilter({ attribute: 'objectClass' });
  const [entry] = await search(connection, place, account.dn, 'base', anyEntry, signal);
  return entry && toAccount(entry, place, account.login);
}

async function search(
  connection: DirectoryConnection,
  { filter, loginAttribute }: AccountPlace,
  base: string,
  scope: 'base' | 'sub',
  wanted: Filter,
  signal: AbortSignal,
): Promise<readonly DirectoryEntry[]> {
  const attributes = [
    loginAttribute,
    'displayName',
    'cn',
    'entryUUID',
    'pwdAccountLockedTime',
    // Only to see whether it is locked; the directory compares.
    'userPassword',
  ];
  try {
    const both = new AndFilter({ filters: [filter, wanted] });
    const answer = await connection.search({ base, scope, filter: both, attributes, sizeLimit: 2 }, signal);
    return answer.entries;
  } catch (error) {
    if (!(error instanceof DirectoryResultError)) throw error;
    // More than one of a name, or a DN that is no longer there.
    if (error.code === SIZE_LIMIT_EXCEEDED && scope === 'sub') return [];
    if (error.code === NO_SUCH_OBJECT && scope === 'base') return [];
    throw error;
  }
}

/** Undefined where the directory took more for the same login than we do. */
function toAccount(entry: DirectoryEntry, place: AccountPlace, login: string): FoundAccount | undefined {
  const texts = (attribute: string): string[] =>
    (entry.attributes.get(attribute.toLowerCase()) ?? []).map((value) => value.toString());
  if (login.length > LONGEST_LOGIN || !texts(place.loginAttribute).some((text) => foldLogin(text) === login))
    return undefined;
  const [displayName = login] = [...texts('displayName'), ...texts('cn')].filter(
    (text) => text.trim() !== '',
  );
  return {
    dn: entry.dn,
    uuid: texts('entryUUID')[0] ?? null,
    login,
    displayName:
      displayName
        .replace(/\p{C}+/gu, ' ')
        .slice(0, LONGEST_NAME)
        .toWellFormed()
        .trim() || login,
    lock: lockOf({ lockedTimes: texts('pwdAccountLockedTime'), passwords: texts('userPassword') }),
  };
}
