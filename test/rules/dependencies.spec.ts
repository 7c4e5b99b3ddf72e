// docs/dependencies.md says of every direct dependency why it is there.
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { root } from '../support/repository.js';
import { read, section, tableRows } from './pages.js';

const SECTIONS = {
  'In production': 'dependencies',
  'Where there is a binary for the machine': 'optionalDependencies',
  'For building and checking': 'devDependencies',
} as const;

const page = read('docs/dependencies.md');
const manifest = JSON.parse(read('package.json')) as Record<string, Record<string, string>>;

describe('docs/dependencies.md', () => {
  it.each(Object.entries(SECTIONS))('names exactly the packages of package.json: %s', (title, key) => {
    const named = rowsOf(title).map(({ name }) => name);
    expect(named.toSorted()).toEqual(Object.keys(manifest[key] ?? {}).toSorted());
  });

  it.each(Object.keys(SECTIONS))('gives each a reason, its licence and its upkeep: %s', (title) => {
    const faulty = rowsOf(title).filter(
      ({ name, why, licence, upkeep }) =>
        why.length < 10 || upkeep === '' || licence !== (installedLicence(name) ?? licence),
    );
    expect(faulty).toEqual([]);
  });
});

function rowsOf(title: string): { name: string; why: string; licence: string; upkeep: string }[] {
  return tableRows(section(page, title)).map(([name = '', why = '', licence = '', upkeep = '']) => ({
    name: name.replaceAll('`', ''),
    why,
    licence,
    upkeep,
  }));
}

/** As the installed package states it; undefined for a package of another platform. */
function installedLicence(name: string): string | undefined {
  const file = `node_modules/${name}/package.json`;
  if (!existsSync(`${root}/${file}`)) return undefined;
  return (JSON.parse(read(file)) as { license?: string }).license;
}

describe('the lock file', () => {
  it('holds the packages of every platform, so that npm ci works on each', () => {
    interface Locked {
      readonly optionalDependencies?: Record<string, string>;
    }
    const { packages } = JSON.parse(readFileSync(`${root}/package-lock.json`, 'utf8')) as {
      packages: Record<string, Locked>;
    };
    const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter(
        (name) => !(`${path}/node_modules/${name}` in packages) && !(`node_modules/${name}` in packages),
      ),
    );
    expect(missing).toEqual([]);
  });
});
