// Finds one entry. "Not there" is said only when the server positively said so: an answer that may have another
// cause (a hidden attribute, a part elsewhere, a missing base) is an error.
import { EqualityFilter, PresenceFilter } from 'ldapts';
import {
  type DirectoryConnection,
  type DirectoryEntry,
  DirectoryResultError,
} from '../../../platform/directory/index.js';
import { ConnectorError, type ObjectRef } from '../../../provisioning/index.js';

export const ENTRY_UUID = 'entryUUID';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const NO_SUCH_OBJECT = 32;
/** One is wanted; a second would show. */
const AT_MOST = 2;

/** The entry that `ref` names with these attributes and its entryUUID, or null. */
export async function findEntry(
  connection: DirectoryConnection,
  baseDn: string,
  ref: ObjectRef,
  attributes: readonly string[],
  signal: AbortSignal,
): Promise<DirectoryEntry | null> {
  if (ref.nativeId === null) return readEntryAt(connection, ref.identifier, attributes, signal);
  const search = {
    base: baseDn,
    scope: 'sub',
    filter: uuidFilter(ref.nativeId),
    attributes: [...attributes, ENTRY_UUID],
    sizeLimit: AT_MOST,
  } as const;
  const { entries, references } = await connection.search(search, signal);
  const [found, second] = entries;
  if (second !== undefined) {
    throw new ConnectorError(
      'conflict',
      `Two entries have the entryUUID ${ref.nativeId}: ${found?.dn}, ${second.dn}.`,
    );
  }
  if (found !== undefined) return found;
  if (references.length > 0) throw elsewhere(baseDn, references);
  return confirmAbsence(connection, ref, attributes, signal);
}

/** The entry at this very DN with these attributes and its entryUUID, or null. */
export async function readEntryAt(
  connection: DirectoryConnection,
  dn: string,
  attributes: readonly string[],
  signal: AbortSignal,
): Promise<DirectoryEntry | null> {
  const search = {
    base: dn,
    scope: 'base',
    filter: new PresenceFilter({ attribute: 'objectClass' }),
    attributes: [...attributes, ENTRY_UUID],
  } as const;
  try {
    const { entries, references } = await connection.search(search, signal);
    const [entry] = entries;
    if (entry !== undefined) return entry;
    if (references.length > 0) throw elsewhere(dn, references);
  } catch (error) {
    if (error instanceof DirectoryResultError && error.code === NO_SUCH_OBJECT) return null;
    throw error;
  }
  throw new ConnectorError(
    'permission-denied',
    `The server neither shows ${dn} nor says that it is not there. Give the bind DN the right to read it.`,
  );
}

export function uuidOf(entry: DirectoryEntry): string | null {
  return entry.attributes.get(ENTRY_UUID.toLowerCase())?.[0]?.toString() ?? null;
}

/** @throws ConnectorError for what is no UUID: a server takes such a filter as "matches nothing". */
export function uuidFilter(nativeId: string): EqualityFilter {
  if (!UUID.test(nativeId)) {
    throw new ConnectorError(
      'misconfigured',
      `"${nativeId}" is not an entryUUID: the account belongs to another kind of system.`,
    );
  }
  return new EqualityFilter({ attribute: ENTRY_UUID, value: nativeId });
}

/** No entry had that entryUUID; the server says the same when we may not see it. The last known DN tells. */
async function confirmAbsence(
  connection: DirectoryConnection,
  ref: ObjectRef,
  attributes: readonly string[],
  signal: AbortSignal,
): Promise<DirectoryEntry | null> {
  const entry = await readEntryAt(connection, ref.identifier, attributes, signal);
  if (entry === null) return null;
  const uuid = uuidOf(entry);
  if (uuid === null) {
    throw new ConnectorError(
      'permission-denied',
      `The server does not show the entryUUID of ${entry.dn}. Give the bind DN the right to read and search it.`,
    );
  }
  return uuid.toLowerCase() === ref.nativeId?.toLowerCase() ? entry : null;
}

function elsewhere(dn: string, urls: readonly string[]): ConnectorError {
  return new ConnectorError(
    'misconfigured',
    `A part of ${dn} is on another server (${urls.join(', ')}), and referrals are not followed. ` +
      'Choose a server and a base DN that hold all accounts.',
  );
}
