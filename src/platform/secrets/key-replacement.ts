// Puts every sealed value under the current key while the service runs. Can be killed and repeated at any point.
import type { Database } from '../database/index.js';
import { DataKeyError } from './data-key-error.js';
import { headerOf, readEnvelope } from './envelope.js';
import { knownKeys } from './key-checks.js';
import type { KeyRing } from './key-ring.js';
import { SecretBox } from './secret-box.js';
import { type SealedColumn, SealedColumns } from './sealed-columns.js';
import { deleteRow, exchange, valuesOf } from './sealed-values.js';

export interface SealedState {
  /** Values by the id of the key they need; those of the old format count under `old format`. */
  readonly valuesByKey: ReadonlyMap<string, number>;
  /** Places whose value opens with no key of the ring. */
  readonly unreadable: readonly string[];
  /** How many of the unreadable are under a key that was given up. */
  readonly givenUp: number;
  /** Whether each value opens with the current key, but for those whose key was given up. */
  readonly needsCurrentKeyOnly: boolean;
}

const OLD_FORMAT = 'old format';

/** Opens every sealed value there is. */
export async function inspectSealed(database: Database, ring: KeyRing): Promise<SealedState> {
  const box = new SecretBox(ring);
  const known = new Set(await knownKeys(database));
  const valuesByKey = new Map<string, number>();
  const unreadable: string[] = [];
  let givenUp = 0;
  let needsCurrentKeyOnly = true;
  for (const column of SealedColumns.all()) {
    for await (const { id, sealed } of valuesOf(database, column)) {
      const keyId = readEnvelope(sealed)?.keyId ?? OLD_FORMAT;
      valuesByKey.set(keyId, (valuesByKey.get(keyId) ?? 0) + 1);
      if (opens(box, sealed, column.place(id))) {
        if (keyId !== ring.current.id) needsCurrentKeyOnly = false;
        continue;
      }
      unreadable.push(column.place(id));
      const isMissed = keyId === OLD_FORMAT || known.has(keyId) || ring.find(keyId) !== undefined;
      if (isMissed) needsCurrentKeyOnly = false;
      else givenUp += 1;
    }
  }
  return { valuesByKey, unreadable, givenUp, needsCurrentKeyOnly };
}

/** Returns how many values were put under the current key; those that do not open stay as they are. */
export async function rewrapAll(database: Database, ring: KeyRing): Promise<number> {
  let count = 0;
  for (const column of SealedColumns.all()) count += await rewrapColumn(database, ring, column);
  return count;
}

async function rewrapColumn(database: Database, ring: KeyRing, column: SealedColumn): Promise<number> {
  const box = new SecretBox(ring);
  let count = 0;
  // Again until a pass finds nothing to do: a row that changed meanwhile is met again, if it still needs it.
  for (let isDone = false; !isDone;) {
    isDone = true;
    for await (const { id, sealed } of valuesOf(database, column, headerOf(ring.current))) {
      const next = rewrapped(box, sealed, column.place(id));
      if (next === undefined) continue;
      isDone = false;
      if (await exchange(database, column, { id, seen: sealed, next })) count += 1;
    }
  }
  return count;
}

/**
 * Deletes what is made again by itself and does not open; returns the places of the rest that does not. What is under
 * another key than `lostKey` is left alone.
 * @param lostKey undefined when it is not known by its id
 */
export async function abandonUnreadable(
  database: Database,
  ring: KeyRing,
  lostKey: string | undefined,
): Promise<string[]> {
  const box = new SecretBox(ring);
  const left: string[] = [];
  for (const column of SealedColumns.all()) {
    for await (const value of valuesOf(database, column)) {
      const place = column.place(value.id);
      if (opens(box, value.sealed, place)) continue;
      const keyId = readEnvelope(value.sealed)?.keyId ?? lostKey;
      const isLost = lostKey === undefined || keyId === lostKey;
      if (isLost && column.isMadeAgain === true) await deleteRow(database, column, value);
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
