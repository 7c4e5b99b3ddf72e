// An append-only file of JSON lines. A line whose promise has resolved survives a crash of the machine.
// Must never repair damage in the middle silently: that would lose answered writes.
import { createReadStream } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isErrno, messageOf } from '../../../process/index.js';

/** What reading a journal found. */
export interface JournalContent {
  readonly lines: number;
  /** Whether a last line was never finished; it was never answered either, and is left out. */
  readonly torn: boolean;
}

const NEWLINE = 0x0a;
/** Characters written at once when the whole file is written anew. */
const PORTION = 1 << 20;

/**
 * Hands every complete line to `take`; an absent file has none. Throws, naming the line, when one in
 * the middle cannot be parsed or `take` throws.
 */
export async function readJournal(file: string, take: (line: unknown) => void): Promise<JournalContent> {
  let lines = 0;
  let broken = false;
  for await (const text of linesOf(file)) {
    if (broken) throw damaged(file, lines + 1, 'it is no JSON, and there are lines behind it');
    const line = parse(text);
    broken = line === undefined;
    if (broken) continue;
    lines += 1;
    try {
      take(line);
    } catch (error) {
      throw damaged(file, lines, messageOf(error));
    }
  }
  return { lines, torn: broken };
}

/** Replaces the file by these lines, all of them or none. */
export async function rewriteJournal(file: string, lines: Iterable<unknown>): Promise<void> {
  const next = `${file}.new`;
  const handle = await open(next, 'w', 0o600);
  try {
    let portion = '';
    for (const line of lines) {
      portion += `${JSON.stringify(line)}\n`;
      if (portion.length < PORTION) continue;
      await handle.appendFile(portion);
      portion = '';
    }
    await handle.appendFile(portion);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(next, file);
  await syncDirectory(dirname(file));
}

export class Journal {
  #pending: string[] = [];
  /** The flush that takes what is pending; it starts when the one before it is done. */
  #next: Promise<void> | undefined;
  #last: Promise<void> = Promise.resolve();
  #failed = false;

  private constructor(
    private readonly handle: FileHandle,
    private readonly durable: boolean,
  ) {}

  /** Not durable: lines are handed to the system, which writes them to disk when it likes. */
  static async open(file: string, durable: boolean): Promise<Journal> {
    const handle = await open(file, 'a', 0o600);
    await syncDirectory(dirname(file));
    return new Journal(handle, durable);
  }

  /** After a failed write the file may lack lines: nothing more is taken. */
  get failed(): boolean {
    return this.#failed;
  }

  /** Resolves when the line is on disk. Lines that wait together share one synchronisation. */
  append(line: unknown): Promise<void> {
    this.#pending.push(`${JSON.stringify(line)}\n`);
    this.#next ??= this.#last.then(() => this.#flush());
    return this.#next;
  }

  async close(): Promise<void> {
    await (this.#next ?? this.#last).catch(() => undefined);
    await this.handle.close();
  }

  async #flush(): Promise<void> {
    this.#last = this.#next ?? Promise.resolve();
    this.#next = undefined;
    const text = this.#pending.join('');
    this.#pending = [];
    try {
      await this.handle.appendFile(text);
      if (this.durable) await this.handle.datasync();
    } catch (error) {
      this.#failed = true;
      throw error;
    }
  }
}

/** Undefined: an unfinished last line. */
async function* linesOf(file: string): AsyncGenerator<string | undefined> {
  let rest: Buffer[] = [];
  for await (const chunk of chunksOf(file)) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      yield Buffer.concat([...rest, chunk.subarray(start, end)]).toString();
      rest = [];
      start = end + 1;
    }
    if (start < chunk.length) rest.push(chunk.subarray(start));
  }
  if (rest.length > 0) yield undefined;
}

async function* chunksOf(file: string): AsyncGenerator<Buffer> {
  try {
    // Not readline: it also ends lines at U+2028, which JSON leaves as it is inside texts.
    for await (const chunk of createReadStream(file)) yield chunk as Buffer;
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
  }
}

/** Undefined for what is not JSON; nothing written here is the JSON text `null` or the like. */
function parse(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function damaged(file: string, line: number, reason: string): Error {
  return new Error(
    `The journal ${file} is damaged at line ${line}: ${reason}. ` +
      'Restore it from a copy, or delete it to begin with an empty directory.',
  );
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
