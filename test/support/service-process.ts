// The built service as a process of its own, to be killed.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { NODE_OPTIONS } from '../../scripts/project.mjs';
import { root } from './repository.js';

export interface ServiceProcess {
  readonly process: ChildProcess;
  /** What it wrote so far. */
  readonly output: () => string;
  /** Resolves when the output holds `text`; rejects when it ended before. */
  readonly says: (text: string) => Promise<void>;
  readonly kill: (signal: NodeJS.Signals) => Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

/** Starts dist/src/main.js with nothing of this process's environment but PATH. Build first. */
export function startServiceProcess(env: Record<string, string>): ServiceProcess {
  const child = spawn(process.execPath, [...NODE_OPTIONS, join(root, 'dist', 'src', 'main.js')], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      for (const listener of listeners) listener();
    });
  }
  const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  return {
    process: child,
    output: () => output,
    says: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (!output.includes(text)) return;
          listeners.delete(look);
          resolve();
        };
        listeners.add(look);
        look();
        void ended.then(() =>
          reject(new Error(`The service ended before it said ${JSON.stringify(text)}:\n${output}`)),
        );
      }),
    kill: async (signal) => {
      child.kill(signal);
      const [code, killedBy] = await ended;
      return { code, signal: killedBy };
    },
  };
}
