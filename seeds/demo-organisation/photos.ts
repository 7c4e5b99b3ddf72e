// One drawn portrait for each person: JPEG, 96 by 96, no two alike.
import { readFile } from 'node:fs/promises';
import { packageRoot } from '../../src/package-root.js';

/** A build does not copy pictures: they are read where the sources are. */
export const photosFolder = new URL('seeds/demo-organisation/photos/', packageRoot);

/** The bytes of the person's JPEG file. */
export function readPhoto(login: string): Promise<Buffer> {
  return readFile(new URL(`${login}.jpg`, photosFolder));
}
