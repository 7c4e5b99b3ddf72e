// The file that keeps the keys of an installation without PROVOST_SECRETS_KEY: one key a line, newest first.
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fchmodSync,
  fchownSync,
  fstatSync,
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
import { Logger } from '@nestjs/common';
import { KEY_BYTES } from './authenticated-encryption.js';
import { DataKeyError } from './data-key-error.js';

type KeyBytes = [Buffer, ...Buffer[]];

export class KeyFile {
  readonly path: string;
  readonly #log = new Logger('secrets');
  #seen = '';
  #isReadable = true;

  private constructor(private readonly dataDirectory: string) {
    this.path = join(dataDirectory, 'secrets.key');
  }

  /** The file in `dataDirectory`, made with a new key when there is none. */
  static make(dataDirectory: string): KeyFile {
    mkdirSync(dataDirectory, { recursive: true });
    const file = new KeyFile(dataDirectory);
    file.#makeFirst();
    return file;
  }

  /** The file in `dataDirectory`. @throws DataKeyError when there is none */
  static open(dataDirectory: string): KeyFile {
    const file = new KeyFile(dataDirectory);
    if (existsSync(file.path)) return file;
    throw new DataKeyError(
      `There is no ${file.path}, and PROVOST_SECRETS_KEY is not set. Give PROVOST_DATA or PROVOST_SECRETS_KEY as ` +
        'the service has it; if the file is lost, restore it from a backup. See docs/secrets.md.',
    );
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
    const stamp = this.#stamp();
    const [current, ...previous] = readFileSync(this.path, 'utf8')
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '')
      .map((line) => Buffer.from(line, 'base64'));
    const isWhole = [current, ...previous].every((key) => key?.length === KEY_BYTES);
    if (current !== undefined && isWhole) {
      // Not before: a file that could not be read is tried again, because its repair may leave the stamp as it is.
      this.#seen = stamp;
      return [current, ...previous];
    }
    throw new DataKeyError(
      `${this.path} does not hold keys of ${KEY_BYTES} bytes in base64, one a line. ` +
        'Restore it from a backup, or set PROVOST_SECRETS_KEY.',
    );
  }

  /** The keys when the file is another than the one that was read last. */
  readIfChanged(): KeyBytes | undefined {
    try {
      const changed = this.#stamp() === this.#seen ? undefined : this.read();
      this.#isReadable = true;
      return changed;
    } catch (err) {
      // What was read before goes on working. Said once, not at every secret.
      if (this.#isReadable)
        this.#log.error({ err }, 'the key file cannot be read; the keys stay as they were');
      this.#isReadable = false;
      return undefined;
    }
  }

  /** Puts a new key on top, from then on the current one. */
  addKey(): void {
    this.#replace([randomBytes(KEY_BYTES), ...this.read()]);
  }

  /** Leaves the current key alone in the file; false when it is alone already. */
  keepCurrent(): boolean {
    const [current, ...previous] = this.read();
    if (previous.length > 0) this.#replace([current]);
    return previous.length > 0;
  }

  #makeFirst(): void {
    if (existsSync(this.path)) return;
    const draft = this.#draft();
    write(draft, [randomBytes(KEY_BYTES)]);
    try {
      // Of two processes that start together, one gives the key and both use it; nobody sees half of it.
      linkSync(draft, this.path);
      this.#keepName();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    } finally {
      rmSync(draft);
    }
  }

  #replace(keys: readonly Buffer[]): void {
    const draft = this.#draft();
    try {
      write(draft, keys, this.path);
      renameSync(draft, this.path);
    } catch (error) {
      rmSync(draft, { force: true });
      throw error;
    }
    this.#keepName();
  }

  #draft(): string {
    return `${this.path}.${randomBytes(4).toString('hex')}`;
  }

  /** A name is on disk only when its directory is. */
  #keepName(): void {
    const directory = openSync(this.dataDirectory, 'r');
    try {
      fsyncSync(directory);
    } finally {
      closeSync(directory);
    }
  }

  #stamp(): string {
    const { ino, mtimeNs, size } = statSync(this.path, { bigint: true });
    return `${ino}.${mtimeNs}.${size}`;
  }
}

/**
 * On disk before it gets its name: a lost key is a lost installation.
 * @param like the file it takes the place of: whoever reads that one, such as the service, reads the new one
 */
function write(path: string, keys: readonly Buffer[], like?: string): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    writeFileSync(file, keys.map((key) => `${key.toString('base64')}\n`).join(''));
    if (like !== undefined) giveAccessOf(like, file);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function giveAccessOf(path: string, file: number): void {
  const [like, own] = [statSync(path), fstatSync(file)];
  if (like.uid !== own.uid || like.gid !== own.gid) fchownSync(file, like.uid, like.gid);
  // After the owner: until then it is nobody else's.
  fchmodSync(file, like.mode & 0o777);
}
