// The client's token cache: one file, readable by its owner only, always whole.
import { randomUUID } from 'node:crypto';
import { chmod, mkdir, open, readFile, rename, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { isObject, type JsonObject, objectsOf } from '../api/json.js';
import { CliError } from '../cli-error.js';
import { EXIT } from '../exit-code.js';
import { withLock } from './session-lock.js';

export interface StoredSession {
  readonly server: string;
  readonly login: string;
  readonly accessToken: string;
  /** Milliseconds since 1970, by this machine's clock. */
  readonly accessUntil: number;
  /** What the next token is got with, of people. */
  readonly refreshToken?: string;
  /** Where the key is that the next token is got with, of services: the key itself is never kept here. */
  readonly keyFile?: string;
}

export interface Sessions {
  /** The server of the last login; kept after logging out. */
  readonly server: string | undefined;
  /** At most one a server. */
  readonly sessions: readonly StoredSession[];
}

const NONE: Sessions = { server: undefined, sessions: [] };
const OTHERS = 0o077;

export class SessionFile {
  readonly path: string;

  constructor(private readonly folder: string) {
    this.path = join(folder, 'session.json');
  }

  /** No sessions when there is no file, or none this client understands. @throws CliError when others can read it */
  async read(): Promise<Sessions> {
    let text: string;
    try {
      if (((await stat(this.path)).mode & OTHERS) !== 0) throw this.#isOpenToOthers();
      text = await readFile(this.path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return NONE;
      throw this.#explained(error);
    }
    return toSessions(text);
  }

  /** Changes the file by `change`, which sees what it holds now; one change at a time over all processes. */
  async update(change: (current: Sessions) => Promise<Sessions>): Promise<Sessions> {
    try {
      await mkdir(this.folder, { recursive: true, mode: 0o700 });
      if (((await stat(this.folder)).mode & OTHERS) !== 0) await chmod(this.folder, 0o700);
      return await withLock(`${this.path}.lock`, async () => {
        const current = await this.read();
        const next = await change(current);
        if (next !== current) await this.#write(next);
        return next;
      });
    } catch (error) {
      throw this.#explained(error);
    }
  }

  /** A reader, and the next start after a crash, sees the old file or the new one, never a part. */
  async #write(sessions: Sessions): Promise<void> {
    const next = `${this.path}.${randomUUID()}`;
    try {
      const file = await open(next, 'wx', 0o600);
      try {
        await file.writeFile(`${JSON.stringify({ version: 1, ...sessions }, null, 2)}\n`);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(next, this.path);
    } catch (error) {
      await unlink(next).catch(() => undefined);
      throw error;
    }
  }

  /** What the file system refused, as a person can mend it; anything else as it is. */
  #explained(error: unknown): unknown {
    const { syscall, code } = error as NodeJS.ErrnoException;
    if (syscall === undefined) return error;
    return new CliError(
      EXIT.ownFault,
      `The session cannot be kept in ${this.folder} (${code}). Make that a folder you can write to, ` +
        'or name another place with XDG_CONFIG_HOME.',
      { cause: error },
    );
  }

  #isOpenToOthers(): CliError {
    return new CliError(
      EXIT.notLoggedIn,
      `Others on this machine can read ${this.path}, which holds tokens. ` +
        'Remove it, log in again, and end the old session: provost sessions, then provost sessions end ID. ' +
        'An administrator can end all: provost operators sessions end LOGIN; of a service: provost services keys revoke LOGIN KEY.',
    );
  }
}

function toSessions(text: string): Sessions {
  const document = parse(text);
  if (!isObject(document) || document['version'] !== 1) return NONE;
  const { server, sessions } = document;
  return {
    server: typeof server === 'string' ? server : undefined,
    sessions: objectsOf(sessions).filter(isStoredSession),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isStoredSession(value: JsonObject): value is JsonObject & StoredSession {
  const { server, login, accessToken, accessUntil, refreshToken, keyFile } = value;
  return (
    [server, login, accessToken, refreshToken ?? keyFile].every((text) => typeof text === 'string') &&
    typeof accessUntil === 'number'
  );
}
