import { existsSync } from 'node:fs';

/** The folder of package.json, from the sources and from what was built of them. */
export const packageRoot: URL = findRoot(new URL('.', import.meta.url));

function findRoot(folder: URL): URL {
  if (existsSync(new URL('package.json', folder))) return folder;
  const above = new URL('..', folder);
  if (above.href === folder.href)
    throw new Error('package.json was not found above this file: install Provost as a whole.');
  return findRoot(above);
}
