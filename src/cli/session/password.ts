// Where passwords and keys come from: never from the command line, which every process of the machine can read.
import { readFile, stat } from 'node:fs/promises';
import { CliError, usageError } from '../cli-error.js';
import { type CliEnvironment, PASSWORD_FILE_VARIABLE } from '../environment.js';
import { ask } from '../terminal/prompt.js';

/** More than any password; a mistaken file or pipe ends here. */
const MOST_BYTES = 65_536;
const OTHERS = 0o077;

/** From a file, from the person at the terminal without echo, or from standard input. @throws CliError */
export async function readPassword(environment: CliEnvironment, option: string | undefined): Promise<string> {
  const file = option ?? environment.variables[PASSWORD_FILE_VARIABLE];
  if (file) return readSecretFile(file, 'password');
  if (environment.stdin.isTTY === true) return ask(environment, 'Password: ', 'hidden');
  return firstLine(await readAll(environment.stdin), 'password', 'standard input');
}

/** A password to come: typed twice, for nobody sees it. @throws CliError */
export async function readNewPassword(
  environment: CliEnvironment,
  file: string | undefined,
): Promise<string> {
  if (file !== undefined) return readSecretFile(file, 'password');
  if (environment.stdin.isTTY !== true) {
    return firstLine(await readAll(environment.stdin), 'password', 'standard input');
  }
  const typed = await ask(environment, 'New password: ', 'hidden');
  if ((await ask(environment, 'The same again: ', 'hidden')) === typed) return typed;
  throw usageError('The two are not the same. Nothing was done.');
}

/** The one line of a file. @throws CliError */
export async function readSecretFile(file: string, kind: 'password' | 'key'): Promise<string> {
  try {
    if (kind === 'key' && ((await stat(file)).mode & OTHERS) !== 0) throw isOpenToOthers(file);
    return firstLine(await readFile(file, 'utf8'), kind, `the file ${JSON.stringify(file)}`);
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw usageError(
      `The ${kind} file ${JSON.stringify(file)} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'}).`,
    );
  }
}

/** A key is good for months, for whoever has it. */
function isOpenToOthers(file: string): CliError {
  const name = JSON.stringify(file);
  return usageError(
    `Others on this machine can read ${name}, which holds a key. Close it (chmod 600 ${name}), and when somebody may ` +
      'have read it, make another and revoke this one: provost services keys revoke LOGIN KEY.',
  );
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

/** A secret is one line; an editor's line break at its end is not part of it. */
function firstLine(text: string, kind: 'password' | 'key', source: string): string {
  const secret = text.replace(/\r?\n$/, '');
  if (secret === '') throw usageError(`There is no ${kind}: ${source} is empty.`);
  if (/[\r\n]/.test(secret)) throw usageError(`A ${kind} is one line, but ${source} has several.`);
  return secret;
}
