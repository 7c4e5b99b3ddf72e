import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DataKeyError } from './secret-box.js';

const FILE = 'secrets.key';

/**
 * The key for secrets: the configured one, or one made at the first start and kept in `dataDirectory`.
 * @throws DataKeyError when the kept key is damaged
 */
export function dataKey(configured: string | undefined, dataDirectory: string): Buffer {
  if (configured !== undefined) return Buffer.from(configured, 'base64');
  const path = join(dataDirectory, FILE);
  try {
    mkdirSync(dataDirectory, { recursive: true });
    const made = randomBytes(32);
    // Exclusive: of two processes that start together, one makes the key and both use it.
    writeFileSync(path, `${made.toString('base64')}\n`, { mode: 0o600, flag: 'wx' });
    return made;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const kept = Buffer.from(readFileSync(path, 'utf8').trim(), 'base64');
  if (kept.length !== 32)
    throw new DataKeyError(
      `${path} does not hold 32 bytes in base64. Restore it from a backup, or set PROVOST_SECRETS_KEY.`,
    );
  return kept;
}
