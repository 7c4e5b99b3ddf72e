// Passes an export of any length on as it comes: nothing but one piece of it is ever held.
import { once } from 'node:events';
import type { CliEnvironment } from '../environment.js';
import { writeNewFile } from '../new-file.js';
import { safeJsonText } from '../terminal/safe-text.js';

type Pieces = AsyncIterable<Uint8Array>;

const LINE_BREAK = 0x0a;

/**
 * To a new file byte for byte, else to standard output, where what a terminal would obey is escaped as JSON escapes it.
 * @returns the number of records
 * @throws CliError; a file that did not become whole is removed
 */
export function exportTo(
  pieces: Pieces,
  output: string | undefined,
  environment: CliEnvironment,
): Promise<number> {
  return output === undefined ? toStandardOutput(pieces, environment) : toFile(pieces, output);
}

async function toStandardOutput(pieces: Pieces, { stdout }: CliEnvironment): Promise<number> {
  const decoder = new TextDecoder();
  let records = 0;
  for await (const piece of pieces) {
    records += linesIn(piece);
    const isRoomLeft = stdout.write(safeJsonText(decoder.decode(piece, { stream: true })));
    if (!isRoomLeft) await once(stdout, 'drain');
  }
  stdout.write(safeJsonText(decoder.decode()));
  return records;
}

function toFile(pieces: Pieces, path: string): Promise<number> {
  return writeNewFile(path, async (file) => {
    let records = 0;
    for await (const piece of pieces) {
      records += linesIn(piece);
      await file.writeFile(piece);
    }
    return records;
  });
}

function linesIn(piece: Uint8Array): number {
  let lines = 0;
  for (const byte of piece) if (byte === LINE_BREAK) lines += 1;
  return lines;
}
