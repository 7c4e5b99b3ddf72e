// What must work before anything is installed: plain Node, no dependency.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const INSTALLED = join(root, 'node_modules', '.provost-lock');
const BUILT = join(root, 'dist', '.provost-sources');
const SOURCES = ['src', 'migrations', 'seeds'];

/** @returns {never} */
export function stop(message, code = 1) {
  process.stderr.write(`${message}\n`);
  process.exit(code);
}

export function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  stop(`Provost needs Node 20.19 or newer; this is ${process.version}.`);
}

/** Installs the locked dependencies unless they are there. Depends on no install script. */
export function ensureInstalled() {
  requireNode();
  // Installing would empty the folder of somebody else through the link.
  if (lstatSync(join(root, 'node_modules'), { throwIfNoEntry: false })?.isSymbolicLink()) return;
  const wanted = hashOf([readFileSync(join(root, 'package-lock.json'))]);
  if (existsSync(INSTALLED) && readFileSync(INSTALLED, 'utf8') === wanted) return;
  if (!isInstalledByHand())
    run(
      'npm',
      ['ci', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
      'Installing the dependencies failed.',
    );
  writeFileSync(INSTALLED, wanted);
}

/** Builds dist/ unless it is newer than every source. */
export function ensureBuilt() {
  ensureInstalled();
  const wanted = hashOf(
    SOURCES.flatMap(filesOf)
      .concat([join(root, 'package.json'), join(root, '.swcrc')])
      .map(fingerprint),
  );
  if (existsSync(BUILT) && readFileSync(BUILT, 'utf8') === wanted) return;
  run(
    process.execPath,
    [join(root, 'node_modules', '@nestjs', 'cli', 'bin', 'nest.js'), 'build'],
    'The build failed.',
  );
  mkdirSync(dirname(BUILT), { recursive: true });
  writeFileSync(BUILT, wanted);
}

/** Runs a command to its end; its output is shown when it fails. */
export function run(command, args, failure) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 << 20,
    env: quietEnvironment(),
  });
  if (status === 0) return;
  stop(`${stdout ?? ''}${stderr ?? ''}${error ? error.message : ''}\n${failure}`);
}

/** For every process of the product: what reaches a prototype by its name finds none. */
export const NODE_OPTIONS = ['--disable-proto=delete', '--enable-source-maps'];

/** Hands this process over to another: same terminal, signals passed on, same exit code. */
export function handOver(args) {
  const child = spawn(process.execPath, args, { cwd: process.cwd(), stdio: 'inherit' });
  // A terminal sends Ctrl-C to the child as well: it must not arrive twice.
  process.on('SIGINT', () => undefined);
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
}

/** npm tells children its own settings by variables; a nested npm would warn about them. */
function quietEnvironment() {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_config_')));
}

/** `npm ci` run by a person leaves this file; it is as new as the lock file then. */
function isInstalledByHand() {
  const marker = join(root, 'node_modules', '.package-lock.json');
  return existsSync(marker) && statSync(marker).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs;
}

function filesOf(folder) {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|sql)$/.test(entry.name))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

function fingerprint(file) {
  const { mtimeMs, size } = statSync(file);
  return `${file}:${mtimeMs}:${size}`;
}

function hashOf(parts) {
  const hash = createHash('sha256').update(process.version);
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}
