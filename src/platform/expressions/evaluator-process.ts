// One forked child that evaluates expressions. It may run out of memory or time: then it ends, alone, and this says why.
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Verdict } from './evaluation.js';

export interface EvaluatorRequest {
  sources: string[];
  /** The variables, serialized by `node:v8`. */
  variables: Uint8Array;
}

export type EvaluatorReply = { kind: 'ready' } | { kind: 'verdicts'; verdicts: Verdict[] };

/** Why a child gave no answer: `ended` from outside or by a fault of its own, `unavailable` when it never started. */
export type LossCause = 'deadline' | 'memory' | 'ended' | 'unavailable';

export type EvaluatorAnswer =
  { kind: 'verdicts'; verdicts: Verdict[] } | { kind: 'lost'; cause: LossCause; detail: string };

const startDeadlineMs = 15_000;
const keptErrorOutput = 2_000;

export class EvaluatorProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #ready = false;
  #lost: LossCause | undefined;
  #errorOutput = '';
  #onReply: (reply: EvaluatorReply) => void = () => undefined;

  constructor(entry: URL, memoryMegabytes: number) {
    this.#child = fork(fileURLToPath(entry), {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      // Nothing of the parent's environment or flags. CEL's time functions work in the zone of their process.
      env: { TZ: 'UTC' },
      execArgv: [
        `--max-old-space-size=${memoryMegabytes}`,
        '--disallow-code-generation-from-strings',
        '--disable-proto=delete',
      ],
    });
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#errorOutput = (this.#errorOutput + chunk.toString()).slice(-keptErrorOutput);
    });
    this.#child.on('message', (reply: EvaluatorReply) => {
      if (reply.kind === 'ready') this.#ready = true;
      this.#onReply(reply);
    });
    this.#ended = new Promise((resolve) => {
      const finish = (cause: LossCause): void => {
        this.#lost ??= this.#ready ? cause : 'unavailable';
        resolve();
      };
      this.#child.once('error', (error) => {
        this.#errorOutput ||= error.message;
        this.#child.kill('SIGKILL');
        finish('ended');
      });
      this.#child.once('exit', (code, signal) => finish(causeOf(code, signal)));
    });
    this.#keepParentAlive(false);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get usable(): boolean {
    return this.#lost === undefined && this.#child.connected;
  }

  /** One request at a time. Never rejects; after a loss this child is of no more use. */
  async ask(request: EvaluatorRequest, deadlineMs: number): Promise<EvaluatorAnswer> {
    this.#keepParentAlive(true);
    try {
      const ready = this.#ready || (await this.#reply('ready', startDeadlineMs, 'unavailable'));
      if (!ready) return this.#loss();
      const answer = this.#reply('verdicts', deadlineMs, 'deadline');
      this.#child.send(request, (error) => error && this.#end('ended'));
      return (await answer) ?? this.#loss();
    } finally {
      this.#keepParentAlive(false);
    }
  }

  /** Ends the child; resolves when it is gone. */
  async end(): Promise<void> {
    this.#end('ended');
    await this.#ended;
  }

  async #reply<Kind extends EvaluatorReply['kind']>(
    kind: Kind,
    deadlineMs: number,
    cause: LossCause,
  ): Promise<Extract<EvaluatorReply, { kind: Kind }> | undefined> {
    let timer: NodeJS.Timeout | undefined;
    let waiting = true;
    const reply = new Promise<Extract<EvaluatorReply, { kind: Kind }>>((resolve) => {
      this.#onReply = (received) => {
        if (isOfKind(received, kind)) resolve(received);
      };
      // One more turn of the event loop: when this process was the slow one, the answer is waiting to be read.
      timer = setTimeout(() => setImmediate(() => waiting && this.#end(cause)), deadlineMs);
    });
    const received = await Promise.race([reply, this.#ended]);
    waiting = false;
    clearTimeout(timer);
    this.#onReply = () => undefined;
    return received ?? undefined;
  }

  #end(cause: LossCause): void {
    this.#lost ??= cause;
    this.#child.kill('SIGKILL');
  }

  #loss(): EvaluatorAnswer {
    return { kind: 'lost', cause: this.#lost ?? 'ended', detail: this.#errorOutput.trim() };
  }

  /** An idle child must not keep a process alive that has nothing else to do. */
  #keepParentAlive(busy: boolean): void {
    const act = busy ? 'ref' : 'unref';
    this.#child[act]();
    this.#child.channel?.[act]();
    const { stderr } = this.#child;
    if (stderr && 'unref' in stderr) (stderr as unknown as { ref(): void; unref(): void })[act]();
  }
}

/** V8 aborts when its heap is full; the shell's number for SIGABRT appears when something stands between. */
function causeOf(code: number | null, signal: NodeJS.Signals | null): LossCause {
  return signal === 'SIGABRT' || signal === 'SIGTRAP' || signal === 'SIGILL' || code === 134
    ? 'memory'
    : 'ended';
}

function isOfKind<Kind extends EvaluatorReply['kind']>(
  reply: EvaluatorReply,
  kind: Kind,
): reply is Extract<EvaluatorReply, { kind: Kind }> {
  return reply.kind === kind;
}
