// A run over several processes. What is found depends on the seed alone, not on how many there are.
import { spawn } from 'node:child_process';
import type { Options } from './arguments.js';
import { add, NOTHING, playPart, type Tally } from './play-part.js';

export async function playMany(options: Options): Promise<Tally> {
  const workers = Math.min(options.workers, options.schedules);
  const parts =
    workers === 1
      ? [await playPart({ ...options, workers }, 0)]
      : await Promise.all(
          Array.from({ length: workers }, (_, part) => runPart({ ...options, workers }, part)),
        );
  return parts.reduce(add, NOTHING);
}

function runPart({ seed, schedules, steps, workers }: Options, part: number): Promise<Tally> {
  const numbers = { seed, schedules, steps, workers, part };
  const flags = Object.entries(numbers).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const script = process.argv[1] ?? '';
  const child = spawn(process.execPath, [...process.execArgv, script, ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(JSON.parse(Buffer.concat(chunks).toString('utf8')) as Tally);
      else reject(new Error(`A worker of the simulation ended with ${code ?? 'a signal'}.`));
    });
  });
}
