// Where the password of a login comes from: never from the command line, which every process of the machine can read.
import { readFile } from 'node:fs/promises';
import { usageError } from '../cli-error.js';
import { type CliEnvironment, PASSWORD_FILE_VARIABLE } from '../environment.js';
import { ask } from '../terminal/prompt.js';

/** More than any password; a mistaken file or pipe ends here. */
const MOST_BYTES = 65_536;

/** From a file, from the person at the terminal without echo, or from standard input. @throws CliError */
export async function readPassword(environment: CliEnvironment, option: string | undefined): Promise<string> {
  const file = option ?? environment.variables[PASSWORD_FILE_VARIABLE];
  if (file) return firstLine(await readPasswordFile(file), `the file ${JSON.stringify(file)}`);
  if (environment.stdin.isTTY === true) return ask(environment, 'Password: ', 'hidden');
  return firstLine(await readAll(environment.stdin), 'standard input');
}

async function readPasswordFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw usageError(
      `The password file ${JSON.stringify(file)} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'}).`,
    );
  }
}

async function readAll(stream: AsyncIterable<Buffer | string>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > MOST_BYTES) throw usageError('Standard input is too long for a password.');
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** A password is one line; an editor's line break at its end is not part of it. */
function firstLine(text: string, source: string): string {
  const password = text.replace(/\r?\n$/, '');
  if (password === '') throw usageError(`There is no password: ${source} is empty.`);
  if (/[\r\n]/.test(password)) throw usageError(`A password is one line, but ${source} has several.`);
  return password;
}
