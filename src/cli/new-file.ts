// A file for what others must not read: new, readable by its owner alone, and either whole or not there.
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { CliError, usageError } from './cli-error.js';
import { EXIT } from './exit-code.js';

/** Makes the file before `write` begins, and removes it again when that fails. @throws CliError */
export async function writeNewFile<T>(path: string, write: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    throw usageError(
      error.code === 'EEXIST'
        ? `There is a file ${JSON.stringify(path)} already: name another, or remove it.`
        : `The file ${JSON.stringify(path)} cannot be written (${error.code}).`,
    );
  });
  try {
    const written = await write(file);
    await file.sync();
    return written;
  } catch (error) {
    await unlink(path).catch(() => undefined);
    const { syscall, code } = error as NodeJS.ErrnoException;
    if (syscall === undefined) throw error;
    throw new CliError(EXIT.ownFault, `The file ${JSON.stringify(path)} cannot be written (${code}).`, {
      cause: error,
    });
  } finally {
    await file.close();
  }
}
