// What a start of the demo directory remembers for the next one: which server, on which port, the password.
import { randomBytes } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { isErrno } from '../process/index.js';

const DemoState = z.object({
  kind: z.enum(['slapd', 'built-in']),
  port: z.int().min(1).max(65_535),
});
export type DemoState = z.infer<typeof DemoState>;

/** Undefined at the first start, and when the file is not ours any more. */
export async function readState(dataDirectory: string): Promise<DemoState | undefined> {
  const text = await readIfPresent(stateFile(dataDirectory));
  try {
    return DemoState.parse(JSON.parse(text ?? ''));
  } catch {
    return undefined; // Nothing is lost but the port and the preference.
  }
}

export async function saveState(dataDirectory: string, state: DemoState): Promise<void> {
  await replaceFile(stateFile(dataDirectory), `${JSON.stringify(state)}\n`);
}

/** The administrator's password: made up at the first start, readable by its owner only. */
export async function ownPassword(dataDirectory: string): Promise<string> {
  const file = passwordFile(dataDirectory);
  const known = (await readIfPresent(file))?.trim();
  if (known !== undefined && known !== '') return known;
  const password = randomBytes(24).toString('base64url');
  // Without a line break, as ldapsearch -y takes it.
  await replaceFile(file, password);
  return password;
}

export function passwordFile(dataDirectory: string): string {
  return join(dataDirectory, 'password');
}

async function replaceFile(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text, { mode: 0o600 });
  await rename(`${file}.new`, file);
}

async function readIfPresent(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function stateFile(dataDirectory: string): string {
  return join(dataDirectory, 'state.json');
}
