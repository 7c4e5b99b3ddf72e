// The one thing that an operation did to an account, for the audit record: what an earlier attempt did whose answer was
// lost belongs to it.
import type { Intent } from '../../queue/index.js';
import type { ConnectorObject, ObjectRef } from '../connector/connector.contract.js';
import type { AccountContext } from './account-context.js';
import type { AccountEffect, AttributeChange } from './account-records.js';

export interface Matched {
  readonly found: ConnectorObject;
  /** Where it is now. */
  readonly ref: ObjectRef;
  readonly isRenamed: boolean;
  /** What was sent before with an unknown end, and stands there now. */
  readonly arrived: readonly Intent[];
  readonly changes: readonly AttributeChange[];
}

/** Null when nothing was written. */
export function effectOf(
  account: AccountContext,
  { found, ref, isRenamed, arrived, changes }: Matched,
): AccountEffect | null {
  const did = (action: string): boolean => arrived.some((intent) => intent.action === action);
  const all = [...changes, ...changesThatArrived(arrived, changes)];
  const was = account.identifier ?? found.identifier;
  const becomes = ref.identifier;
  if (did('create')) return { verb: 'created', was: null, becomes, changes: all };
  if (isRenamed || (did('rename') && was !== becomes)) return { verb: 'renamed', was, becomes, changes: all };
  return all.length === 0 ? null : { verb: 'updated', was, becomes, changes: all };
}

/** Their values were kept as digests alone. */
function changesThatArrived(
  arrived: readonly Intent[],
  changes: readonly AttributeChange[],
): AttributeChange[] {
  const told = new Set(changes.map(({ attribute }) => attribute));
  const sent = new Map(
    arrived.filter(({ action }) => action !== 'rename').flatMap(({ digests }) => Object.entries(digests)),
  );
  return [...sent]
    .filter(([attribute]) => !told.has(attribute))
    .map(([attribute, digest]) => ({ attribute, was: [], becomes: [{ digest }] }));
}
