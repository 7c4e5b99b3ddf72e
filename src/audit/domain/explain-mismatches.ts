// Says of records and seals that do not fit each other what was done to them, by trying what would make them fit.
import { isSame, type Mismatch, type SealOf } from './chain-walk.js';
import type { Fault } from './fault.js';

/** Every pair is tried with every other: more of them are reported without an explanation. */
const EXPLAINED = 16;

/** A record without a seal that should have one. */
export interface Stranger {
  readonly recordId: number;
  readonly text: string;
}

export interface Sealing {
  readonly sealOf: SealOf;
  /** The same content as the content of another record. */
  readonly withId: (text: string, recordId: number) => string;
}

export function explainMismatches(
  mismatches: readonly Mismatch[],
  strangers: readonly Stranger[],
  sealing: Sealing,
): Fault[] {
  const explained = mismatches.slice(0, EXPLAINED);
  return [
    ...explained.flatMap((one) =>
      explain(
        one,
        explained.filter((other) => other !== one),
        strangers.slice(0, EXPLAINED),
        sealing,
      ),
    ),
    ...mismatches.slice(EXPLAINED).map((one) => fault('edited', one, EDITED)),
  ];
}

const EDITED = 'is not what was sealed there: the record was changed.';

function explain(
  one: Mismatch,
  others: readonly Mismatch[],
  strangers: readonly Stranger[],
  { sealOf, withId }: Sealing,
): Fault[] {
  const { position, recordId, hash } = one;
  const before = [one.previous, hash, ...others.flatMap((other) => [other.hash, other.computed])];
  const fits = (text: string, ...seals: Uint8Array[]): boolean =>
    before.some((previous) => {
      const made = sealOf(previous, position, text);
      return seals.some((seal) => isSame(made, seal));
    });
  // Only the seal before it is wrong, and that has a fault of its own.
  if (fits(one.text, hash)) return [];
  for (const other of others) {
    if (fits(other.text, hash, other.hash))
      return [fault('reordered', one, `changed places with record ${other.recordId}.`)];
    if (fits(withId(other.text, recordId), hash))
      return [fault('reordered', one, `holds what was sealed of another record, now in ${other.recordId}.`)];
    if (fits(one.text, other.hash))
      return [fault('reordered', one, `has its seal at position ${other.position}.`)];
  }
  const owner = strangers.find(({ text }) => fits(text, hash));
  if (owner)
    return [fault('foreign-seal', one, `has the seal of record ${owner.recordId}, which has none now.`)];
  if (one.isSealChanged) return [fault('foreign-seal', one, 'is as it was, but its seal was changed.')];
  return [fault('edited', one, EDITED)];
}

function fault(kind: Fault['kind'], { position, recordId }: Mismatch, what: string): Fault {
  return { kind, position, recordId, detail: `Record ${recordId} at position ${position} ${what}` };
}
