// Runs the built client as a person does, and keeps what it says.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../support/repository.js';
import { aFolder, type Closing } from './canary-installation.js';
import { argumentsOfProcesses, filesOf, type Place } from './canary-places.js';
import { canaries, secret } from './canary-secrets.js';
import { LOGIN } from './canary-usage.js';

export interface ClientRun {
  readonly said: Place;
  readonly code: number | null;
  /** The command lines of all processes while it ran. */
  readonly processes: readonly Place[];
}

/** The client as people use it, and as they should not; the last session stays open. */
export async function useClient(folder: string, server: string, closing: Closing): Promise<ClientRun[]> {
  const runs: ClientRun[] = [];
  const file = (name: string, text: string): string => {
    const path = join(aFolder('provost-canary-secret-', closing), name);
    writeFileSync(path, `${text}\n`, { mode: 0o600 });
    return path;
  };
  const run = async (args: readonly string[], input = ''): Promise<void> => {
    runs.push(await runClient(folder, server, args, input));
  };
  await run(['login', '--login', LOGIN], secret.wrong);
  await run(['login', '--login', LOGIN, '--password-file', file('wrong', secret.wrong)]);
  await run(['login', '--login', LOGIN, '--password', secret.typed]);
  await run(['login', '--service-key-file', file('key', secret.fileKey)]);
  await run(['login', '--login', LOGIN, '--password-file', file('right', secret.first)]);
  const [session] = filesOf(folder).filter(({ name }) => name.endsWith('session.json'));
  for (const token of session?.text.matchAll(/"(accessToken|refreshToken)":\s*"([^"]+)"/g) ?? [])
    canaries.add(`${token[1]} of the client`, token[2] ?? '');
  for (const args of [
    ['whoami'],
    ['whoami', '--json'],
    ['identities', 'list', '--json'],
    ['queue'],
    ['systems', 'list'],
  ])
    await run(args);
  await run(['whoami', '--token', secret.typed]);
  return runs;
}

async function runClient(
  folder: string,
  server: string,
  args: readonly string[],
  input = '',
): Promise<ClientRun> {
  const child = spawn(process.execPath, [join(root, 'dist', 'src', 'cli.js'), ...args], {
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: folder,
      XDG_CONFIG_HOME: folder,
      PROVOSTCTL_SERVER: server,
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  await once(child, 'spawn');
  const processes = argumentsOfProcesses();
  child.stdin.end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  return { said: { name: `provost ${args.join(' ')}`, text }, code, processes };
}
