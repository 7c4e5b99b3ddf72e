// Changes exactly the entry that is meant. Whatever took its place at the old DN is never touched, and "not there" is
// told apart from "moved" and from "the new parent is missing".
import {
  AssertionControl,
  decodePostRead,
  type DirectoryConnection,
  DirectoryResultError,
  isSameSpelling,
  OID,
  type ResponseControls,
} from '../../../platform/directory/index.js';
import { ConnectorError, type ObjectRef } from '../../../provisioning/index.js';
import { findEntry, readEntryAt, uuidFilter, uuidOf } from './entry-lookup.js';

const NO_SUCH_OBJECT = 32;

export interface ChangeTarget {
  readonly connection: DirectoryConnection;
  readonly baseDn: string;
  readonly ref: ObjectRef;
  /** OIDs of the controls that the server offers. */
  readonly offered: ReadonlySet<string>;
  readonly signal: AbortSignal;
}

/** Runs `change`, which must send the controls it is given. */
export async function changeEntry(
  target: ChangeTarget,
  change: (controls: readonly AssertionControl[]) => Promise<unknown>,
): Promise<void> {
  const controls = await assertIdentity(target);
  try {
    await change(controls);
  } catch (error) {
    if (!(error instanceof DirectoryResultError) || error.code !== NO_SUCH_OBJECT) throw error;
    throw await explainMissing(target, error);
  }
}

/**
 * The id of an entry that was just created. It is there: whatever goes wrong here leaves its id unknown, and the
 * create done.
 */
export async function newEntryId(
  connection: DirectoryConnection,
  dn: string,
  answer: ResponseControls,
  signal: AbortSignal,
): Promise<string | null> {
  try {
    const entry = decodePostRead(answer) ?? (await readEntryAt(connection, dn, [], signal));
    return entry === null ? null : uuidOf(entry);
  } catch {
    return null;
  }
}

/** An assertion where the server has it (RFC 4528); else a look at the entry just before. */
async function assertIdentity(target: ChangeTarget): Promise<readonly AssertionControl[]> {
  const { connection, ref, offered, signal } = target;
  if (ref.nativeId === null) return [];
  const filter = uuidFilter(ref.nativeId);
  if (offered.has(OID.assertion)) return [new AssertionControl(filter)];
  const entry = await readEntryAt(connection, ref.identifier, [], signal);
  if (entry !== null && uuidOf(entry)?.toLowerCase() !== ref.nativeId.toLowerCase()) {
    throw new ConnectorError('stale', `At ${ref.identifier} is another object now.`);
  }
  return [];
}

async function explainMissing(target: ChangeTarget, error: DirectoryResultError): Promise<ConnectorError> {
  const { connection, baseDn, ref, signal } = target;
  const entry = await findEntry(connection, baseDn, ref, [], signal);
  if (entry === null) return new ConnectorError('not-found', error.message, { cause: error });
  return isSameSpelling(entry.dn, ref.identifier)
    ? new ConnectorError('parent-missing', error.message, { cause: error })
    : new ConnectorError('stale', `The object is at ${entry.dn} now.`, { cause: error });
}
