// The file that keeps the keys of an installation without PROVOST_SECRETS_KEY: one key a line, newest first.
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { KEY_BYTES } from './authenticated-encryption.js';
import { DataKeyError } from './data-key-error.js';

type KeyBytes = [Buffer, ...Buffer[]];

export class KeyFile {
  readonly path: string;
  #seen = '';

  /** Opens the file in `dataDirectory`, made with a new key when there is none. */
  constructor(dataDirectory: string) {
    this.path = join(dataDirectory, 'secrets.key');
    mkdirSync(dataDirectory, { recursive: true });
    this.#makeFirst();
  }

  /** What is weaker about the file than it could be. */
  weakness(): string | undefined {
    const isOpen = (statSync(this.path).mode & 0o077) !== 0;
    return isOpen
      ? `${this.path} can be read by others than its owner. Say: chmod 600 ${this.path}`
      : undefined;
  }

  /** @throws DataKeyError when it is damaged */
  read(): KeyBytes {
    this.#seen = this.#stamp();
    const [current, ...previous] = readFileSync(this.path, 'utf8')
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '')
      .map((line) => Buffer.from(line, 'base64'));
    const isWhole = [current, ...previous].every((key) => key?.length === KEY_BYTES);
    if (current !== undefined && isWhole) return [current, ...previous];
    throw new DataKeyError(
      `${this.path} does not hold keys of ${KEY_BYTES} bytes in base64, one a line. ` +
        'Restore it from a backup, or set PROVOST_SECRETS_KEY.',
    );
  }

  /** The keys when the file is another than the one that was read last. */
  readIfChanged(): KeyBytes | undefined {
    try {
      return this.#stamp() === this.#seen ? undefined : this.read();
    } catch {
      // What was read before goes on working; the next start says what is wrong with the file.
      return undefined;
    }
  }

  /** Puts a new key on top, from then on the current one. */
  addKey(): void {
    this.#replace([randomBytes(KEY_BYTES), ...this.read()]);
  }

  /** Leaves the current key alone in the file. */
  keepCurrent(): void {
    const [current] = this.read();
    this.#replace([current]);
  }

  #makeFirst(): void {
    if (existsSync(this.path)) return;
    const draft = this.#write([randomBytes(KEY_BYTES)]);
    try {
      // Of two processes that start together, one gives the key and both use it; nobody sees half of it.
      linkSync(draft, this.path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    } finally {
      rmSync(draft);
    }
  }

  #replace(keys: readonly Buffer[]): void {
    renameSync(this.#write(keys), this.path);
  }

  /** On disk before it gets its name: a lost key is a lost installation. */
  #write(keys: readonly Buffer[]): string {
    const draft = `${this.path}.${randomBytes(4).toString('hex')}`;
    const file = openSync(draft, 'wx', 0o600);
    try {
      writeFileSync(file, keys.map((key) => `${key.toString('base64')}\n`).join(''));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    return draft;
  }

  #stamp(): string {
    const { ino, mtimeNs, size } = statSync(this.path, { bigint: true });
    return `${ino}.${mtimeNs}.${size}`;
  }
}
