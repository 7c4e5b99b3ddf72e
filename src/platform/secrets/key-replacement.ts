// Puts every sealed value under the current key while the service runs. Can be killed and repeated at any point.
import type { Database } from '../database/index.js';
import { DataKeyError } from './data-key-error.js';
import { headerOf, readEnvelope } from './envelope.js';
import type { KeyRing } from './key-ring.js';
import { SecretBox } from './secret-box.js';
import { type SealedColumn, SealedColumns } from './sealed-columns.js';
import { deleteRow, exchange, valuesOf, valuesWithout } from './sealed-values.js';

export interface SealedState {
  /** Values by the id of the key they need; those of the old format count under `old format`. */
  readonly valuesByKey: ReadonlyMap<string, number>;
  /** Places whose value opens with no key of the ring. */
  readonly unreadable: readonly string[];
  /** Whether no value is left that one of the previous keys may open. */
  readonly needsCurrentKeyOnly: boolean;
}

export const OLD_FORMAT = 'old format';

/** Opens every sealed value there is. */
export async function inspectSealed(database: Database, ring: KeyRing): Promise<SealedState> {
  const box = new SecretBox(ring);
  const valuesByKey = new Map<string, number>();
  const unreadable: string[] = [];
  for (const column of SealedColumns.all()) {
    for await (const { id, sealed } of valuesOf(database, column)) {
      const keyId = readEnvelope(sealed)?.keyId ?? OLD_FORMAT;
      valuesByKey.set(keyId, (valuesByKey.get(keyId) ?? 0) + 1);
      if (!opens(box, sealed, column.place(id))) unreadable.push(column.place(id));
    }
  }
  const [, ...previous] = ring.all();
  const isNeeded = [OLD_FORMAT, ...previous.map(({ id }) => id)].some((id) => valuesByKey.has(id));
  return { valuesByKey, unreadable, needsCurrentKeyOnly: !isNeeded };
}

/** Returns how many values were put under the current key; those that do not open stay as they are. */
export async function rewrapAll(database: Database, ring: KeyRing): Promise<number> {
  let count = 0;
  for (const column of SealedColumns.all()) count += await rewrapColumn(database, ring, column);
  return count;
}

async function rewrapColumn(database: Database, ring: KeyRing, column: SealedColumn): Promise<number> {
  const box = new SecretBox(ring);
  const unreadable: string[] = [];
  let count = 0;
  for (;;) {
    const header = headerOf(ring.current);
    const values = await valuesWithout(database, column, { header, except: unreadable });
    if (values.length === 0) return count;
    for (const { id, sealed } of values) {
      const next = rewrapped(box, sealed, column.place(id));
      if (next === undefined) unreadable.push(id);
      // A row that changed meanwhile is met again, if it still needs it.
      else if (await exchange(database, column, { id, seen: sealed, next })) count += 1;
    }
  }
}

/** Deletes what is made again by itself and does not open; returns the places of the rest that does not. */
export async function abandonUnreadable(database: Database, ring: KeyRing): Promise<string[]> {
  const box = new SecretBox(ring);
  const left: string[] = [];
  for (const column of SealedColumns.all()) {
    for await (const value of valuesOf(database, column)) {
      const place = column.place(value.id);
      if (opens(box, value.sealed, place)) continue;
      if (column.isMadeAgain === true) await deleteRow(database, column, value);
      else left.push(place);
    }
  }
  return left;
}

function opens(box: SecretBox, sealed: Buffer, place: string): boolean {
  return whenReadable(() => box.open(sealed, place)) !== undefined;
}

function rewrapped(box: SecretBox, sealed: Buffer, place: string): Buffer | undefined {
  return whenReadable(() => box.rewrap(sealed, place) ?? sealed);
}

function whenReadable<Result>(read: () => Result): Result | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof DataKeyError) return undefined;
    throw error;
  }
}
