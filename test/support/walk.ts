import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Every file beneath a folder, in the order of their names. */
export function walk(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .toSorted((left, right) => (left.name < right.name ? -1 : 1))
    .flatMap((entry) => (entry.isDirectory() ? walk(join(folder, entry.name)) : [join(folder, entry.name)]));
}
