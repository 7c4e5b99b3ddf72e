// A process of its own for what is measured: its CPU time is its own, and it tells it when asked.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { root } from './built.js';

/** CPU milliseconds since its start, and the most memory it had. */
export interface Usage {
  readonly cpuMs: number;
  readonly peakMib: number;
}

interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly failure?: string;
}

/** Where Node finds out how to run TypeScript. */
const LOADER = pathToFileURL(join(root, 'test', 'support', 'register-typescript.mjs')).href;

export class MeasuredProcess {
  readonly #waiting = new Map<number, { done: (result: unknown) => void; fail: (error: Error) => void }>();
  #last = 0;

  private constructor(private readonly child: ChildProcess) {
    child.on('message', (message) => this.#take(message as Answer));
    child.on('exit', (code, signal) => {
      for (const { fail } of this.#waiting.values())
        fail(new Error(`The measured process ended (${code ?? signal}).`));
      this.#waiting.clear();
    });
  }

  /** @param file beside the caller, such as `new URL('x.child.ts', import.meta.url)` */
  static start(file: URL, env: Readonly<Record<string, string>> = {}, profile?: string): MeasuredProcess {
    const profiling = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`];
    return new MeasuredProcess(
      fork(fileURLToPath(file), {
        execArgv: ['--no-warnings', '--enable-source-maps', '--import', LOADER, ...profiling],
        env: { PATH: process.env['PATH'] ?? '', NODE_ENV: 'production', ...env },
        // What it logs is work that belongs to it, and nothing that anybody wants to read here.
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      }),
    );
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Asks it to do `name`. @throws what went wrong there. */
  ask<Result>(name: string, input: unknown = null): Promise<Result> {
    this.#last += 1;
    const id = this.#last;
    return new Promise<Result>((resolve, reject) => {
      this.#waiting.set(id, { done: (result) => resolve(result as Result), fail: reject });
      this.child.send({ id, name, input });
    });
  }

  usage(): Promise<Usage> {
    return this.ask<Usage>('usage');
  }

  /** The CPU and wall milliseconds that this process needs while `work` runs. */
  async during(work: () => Promise<unknown>): Promise<{ cpuMs: number; wallMs: number }> {
    const before = await this.usage();
    const startedAt = performance.now();
    await work();
    const wallMs = performance.now() - startedAt;
    return { cpuMs: (await this.usage()).cpuMs - before.cpuMs, wallMs };
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, 'exit');
    this.child.disconnect();
    await exited;
  }

  #take({ id, result, failure }: Answer): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (failure === undefined) waiting?.done(result);
    else waiting?.fail(new Error(failure));
  }
}
