// The product as it is built: what is measured is what is shipped.
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const root: string = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** A module of dist/, with the types of its source: `built<typeof import('../src/x.js')>('src/x.js')`. */
export async function built<Module>(path: string): Promise<Module> {
  return (await import(pathToFileURL(join(root, 'dist', path)).href)) as Module;
}
