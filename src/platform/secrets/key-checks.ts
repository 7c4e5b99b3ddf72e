// Known keys by their check values: a start with the wrong key is refused before anything is sealed with it.
import type { Database } from '../database/index.js';
import { DataKeyError } from './data-key-error.js';
import { openEnvelope, readEnvelope, sealEnvelope } from './envelope.js';
import type { KeyEncryptionKey } from './key-encryption-key.js';
import type { KeyRing } from './key-ring.js';
import { SecretBox } from './secret-box.js';
import { SealedColumns } from './sealed-columns.js';
import { valuesOf } from './sealed-values.js';

const CHECK_TEXT = 'provost';
/** Stands for the id of a lost key while no check value names one. */
export const UNKNOWN_KEY = 'unknown';
const GUIDE = 'See docs/secrets.md.';

/**
 * Compares the keys of this process with what is stored, and stores the check value of a key that is new.
 * @throws DataKeyError when secrets are stored that need a key this process does not have
 */
export async function checkKeys(database: Database, ring: KeyRing): Promise<void> {
  const known = await readChecks(database);
  const mine = ring.all();
  for (const key of mine) {
    const check = known.get(key.id);
    if (check !== undefined && openEnvelope(key, check, placeOf(key.id)) !== CHECK_TEXT)
      throw new DataKeyError(`The check value of the key ${key.id} does not open: it was changed. ${GUIDE}`);
  }
  const missing = [...known.keys()].filter((id) => !mine.some((key) => key.id === id));
  if (known.size === 0) await refuseWhenNothingOpens(database, ring);
  if (missing.length > 0) await refuseWhenNeeded(database, ring, missing);
  await storeCheck(database, ring.current);
}

export async function storeCheck(database: Database, key: KeyEncryptionKey): Promise<void> {
  await database.query(
    'insert into platform_secret_keys (id, check_value) values ($1, $2) on conflict (id) do nothing',
    [key.id, sealEnvelope(key, CHECK_TEXT, placeOf(key.id))],
  );
}

/** The ids of the keys that a start asks for when secrets need them. */
export async function knownKeys(database: Database): Promise<readonly string[]> {
  return [...(await readChecks(database)).keys()];
}

/** From now on no other key is missed. Returns whether one was. */
export async function keepCheck(database: Database, key: KeyEncryptionKey): Promise<boolean> {
  const rows = await database.query('delete from platform_secret_keys where id <> $1 returning id', [key.id]);
  return rows.length > 0;
}

/** From now on this key is not missed. */
export async function removeCheck(database: Database, keyId: string): Promise<void> {
  await database.query('delete from platform_secret_keys where id = $1', [keyId]);
}

async function readChecks(database: Database): Promise<ReadonlyMap<string, Buffer>> {
  const rows = await database.query<{ id: string; check_value: Buffer }>(
    'select id, check_value from platform_secret_keys order by created_at, id',
  );
  return new Map(rows.map((row) => [row.id, row.check_value]));
}

/** The first start of a version that keeps check values, on secrets that are there already. */
async function refuseWhenNothingOpens(database: Database, ring: KeyRing): Promise<void> {
  const box = new SecretBox(ring);
  let fault: unknown;
  for (const column of SealedColumns.all()) {
    for await (const { id, sealed } of valuesOf(database, column)) {
      try {
        box.open(sealed, column.place(id));
        return;
      } catch (error) {
        fault = error;
      }
    }
  }
  if (fault !== undefined) throw wrongKey(ring, { theirs: 'another key', lost: UNKNOWN_KEY }, fault);
}

async function refuseWhenNeeded(
  database: Database,
  ring: KeyRing,
  missing: readonly string[],
): Promise<void> {
  const box = new SecretBox(ring);
  for (const column of SealedColumns.all()) {
    for await (const { id, sealed } of valuesOf(database, column)) {
      const keyId = readEnvelope(sealed)?.keyId ?? null;
      // A key that was never known here, or was given up, is not missed.
      if (keyId !== null && !missing.includes(keyId)) continue;
      try {
        box.open(sealed, column.place(id));
      } catch (error) {
        throw wrongKey(ring, { theirs: `the key ${missing.join(', ')}`, lost: missing.join(' or ') }, error);
      }
    }
  }
}

function wrongKey(
  ring: KeyRing,
  { theirs, lost }: { theirs: string; lost: string },
  cause: unknown,
): DataKeyError {
  const mine = ring.all().map(({ id }) => id);
  return new DataKeyError(
    `Secrets in this database are sealed with ${theirs}; this process has ${mine.join(', ')}. Start with the right ` +
      'PROVOST_SECRETS_KEY (or secrets.key in PROVOST_DATA), or give the missing one in ' +
      `PROVOST_SECRETS_PREVIOUS_KEYS. If it is lost for good: npm run keys -- abandon ${lost}. ${GUIDE}`,
    { cause },
  );
}

function placeOf(keyId: string): string {
  return `platform_secret_keys/${keyId}`;
}
