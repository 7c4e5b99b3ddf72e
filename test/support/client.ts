// One run of the client as a process of its own would do it, in this process.
import { PassThrough, Readable, Writable } from 'node:stream';
import { main } from '../../src/cli/main.js';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  /** Where its session is kept: XDG_CONFIG_HOME. */
  readonly folder: string;
  readonly server: string;
  /** What is piped in or typed at once; several are typed one by one, each when the next secret is asked for. */
  readonly input?: string | readonly string[];
  readonly isTerminal?: boolean;
  /** Milliseconds that the client's clock is ahead. */
  readonly ahead?: number;
}

export async function runClient(args: readonly string[], options: RunOptions): Promise<Ran> {
  const { input = '', isTerminal = false, ahead = 0 } = options;
  const answers = typeof input === 'string' ? [] : [...input];
  const typed = new PassThrough();
  if (typeof input === 'string') typed.write(input);
  const answer = (text: string): void => {
    if (/(assword|again): $/.test(text)) setImmediate(() => typed.write(answers.shift() ?? ''));
  };
  const [stdout, stderr] = [collector(), collector(answer)];
  const code = await main(args, {
    variables: { XDG_CONFIG_HOME: options.folder, PROVOSTCTL_SERVER: options.server },
    home: '/nowhere',
    stdin: isTerminal ? Object.assign(typed, { isTTY: true }) : Readable.from([input].flat()),
    stdout,
    stderr,
    now: () => Date.now() + ahead,
  });
  return { code, out: stdout.text(), err: stderr.text() };
}

function collector(onText: (text: string) => void = () => undefined): Writable & { text(): string } {
  const chunks: string[] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      chunks.push(chunk.toString());
      onText(chunk.toString());
      done();
    },
  });
  return Object.assign(stream, { text: () => chunks.join('') });
}
