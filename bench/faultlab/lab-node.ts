// One node of the service: the built program as a process of its own, started again whenever it has ended.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { NODE_OPTIONS } from '../../scripts/project.mjs';
import { root } from '../harness/built.js';

/** An end that nobody asked for. */
export interface UnwantedEnd {
  readonly node: number;
  readonly pid: number;
  readonly how: string;
}

const PAUSE_BEFORE_RESTART_MS = 200;

export class LabNode {
  readonly #log: WriteStream;
  #child: ChildProcess | undefined;
  #url: string | undefined;
  #isWanted = true;
  #isFrozen = false;
  /** Pids that were told to end. */
  readonly #told = new Set<number>();
  #life: Promise<void> = Promise.resolve();
  readonly unwantedEnds: UnwantedEnd[] = [];

  constructor(
    readonly number: number,
    private readonly env: Readonly<Record<string, string>>,
    folder: string,
  ) {
    this.#log = createWriteStream(join(folder, `node-${number}.log`));
  }

  start(): void {
    this.#life = this.#live();
  }

  /** Where it answers; undefined while it does not. */
  get url(): string | undefined {
    return this.#isFrozen ? undefined : this.#url;
  }

  /** The process, while it serves. */
  get pid(): number | undefined {
    return this.url === undefined ? undefined : this.#child?.pid;
  }

  /** Kills it, or asks it to stop; it is started again. */
  end(signal: 'SIGKILL' | 'SIGTERM'): void {
    const pid = this.#child?.pid;
    if (pid === undefined) return;
    this.#told.add(pid);
    this.#url = undefined;
    this.#child?.kill(signal);
  }

  /** Nothing of it runs for a while; then it goes on as if nothing had happened. */
  async freeze(milliseconds: number): Promise<void> {
    const child = this.#child;
    this.#isFrozen = true;
    child?.kill('SIGSTOP');
    await delay(milliseconds);
    child?.kill('SIGCONT');
    this.#isFrozen = false;
  }

  /** Ends it for good. */
  async stop(): Promise<void> {
    this.#isWanted = false;
    this.end('SIGKILL');
    await this.#life;
    this.#log.end();
  }

  async #live(): Promise<void> {
    while (this.#isWanted) {
      await this.#liveOnce();
      if (this.#isWanted) await delay(PAUSE_BEFORE_RESTART_MS);
    }
  }

  async #liveOnce(): Promise<void> {
    const main = join(root, 'dist', 'src', 'main.js');
    const child = spawn(process.execPath, [...NODE_OPTIONS, main], {
      env: { PATH: process.env['PATH'] ?? '', ...this.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    let hasServed = false;
    for (const stream of [child.stdout, child.stderr]) {
      stream.pipe(this.#log, { end: false });
      createInterface(stream).on('line', (line) => {
        const url = urlIn(line);
        if (url === undefined || this.#told.has(child.pid ?? 0)) return;
        hasServed = true;
        this.#url = url;
      });
    }
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    this.#url = undefined;
    const pid = child.pid ?? 0;
    // What cannot start, because the database is away, says so and ends: its supervisor tries again.
    const isFine = this.#told.has(pid) ? signal === 'SIGKILL' || code === 0 : !hasServed;
    if (!isFine) this.unwantedEnds.push({ node: this.number, pid, how: signal ?? `code ${code}` });
  }
}

function urlIn(line: string): string | undefined {
  if (!line.includes('"msg":"serving"')) return undefined;
  const { url } = JSON.parse(line) as { readonly url?: unknown };
  return typeof url === 'string' ? url : undefined;
}
