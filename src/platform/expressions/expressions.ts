// Mappings, conditions and filters in CEL. User text never becomes code and never takes this process down: it is
// parsed here, and evaluated in forked children with a memory limit and a deadline.
import { isDate, isUint8Array } from 'node:util/types';
import { serialize } from 'node:v8';
import { checkExpression, type VariableShape } from './check-expression.js';
import type { Verdict } from './evaluation.js';
import { EvaluatorProcess, type EvaluatorAnswer } from './evaluator-process.js';
import type { ExpressionValue } from './expression-value.js';
import { limits } from './limits.js';
import { explainLoss, type Fault, type Loss } from './loss.js';
import type { ExpressionProblem } from './syntax.js';

export interface ExpressionsOptions {
  /** Children that evaluate at the same time; each starts with its first work. */
  processes?: number;
  /** The heap of one child. */
  memoryMegabytes?: number;
  /** The time of one batch; an expression tried alone gets twice as much. */
  deadlineMs?: number;
  log: ExpressionsLog;
  /** The compiled `evaluator.child`. */
  childEntry?: URL;
}

export interface ExpressionsLog {
  warn(fields: Record<string, unknown>, message: string): void;
  error(fields: Record<string, unknown>, message: string): void;
}

/** `engine`: nothing is known to be wrong with the expression, trying later may help. `expression`: it fails again. */
export type EvaluatedExpression =
  { ok: true; value: ExpressionValue } | { ok: false; problem: string; fault: Fault };

interface Slot {
  process?: EvaluatorProcess;
}

export class Expressions {
  readonly #limits: { deadlineMs: number; memoryMegabytes: number };
  readonly #log: ExpressionsLog;
  readonly #childEntry: URL;
  readonly #slots: readonly Slot[];
  readonly #free: Slot[];
  readonly #waiting: ((slot: Slot) => void)[] = [];
  #closed = false;

  constructor(options: ExpressionsOptions) {
    const { processes = 1, memoryMegabytes = 64, deadlineMs = 1000, log, childEntry } = options;
    this.#limits = { deadlineMs, memoryMegabytes };
    this.#log = log;
    this.#childEntry = childEntry ?? new URL('./evaluator.child.js', import.meta.url);
    this.#slots = Array.from({ length: processes }, () => ({}));
    this.#free = [...this.#slots];
  }

  /** What is wrong with an expression before it is ever evaluated; empty when nothing is. */
  check(source: string, variables: VariableShape): ExpressionProblem[] {
    return checkExpression(source, variables);
  }

  /** One entry for each id. Rejects only when `signal` is aborted (with its reason) or two expressions share an id. */
  async evaluate(
    batch: readonly { id: string; source: string }[],
    variables: Record<string, ExpressionValue>,
    signal?: AbortSignal,
  ): Promise<Map<string, EvaluatedExpression>> {
    signal?.throwIfAborted();
    if (new Set(batch.map(({ id }) => id)).size < batch.length)
      throw new Error('Two expressions of one batch share an id. Give each its own.');
    if (batch.length === 0) return new Map();
    const evaluating = this.#evaluate(
      batch.map(({ source }) => source),
      variables,
      signal,
    );
    const results = await unlessAborted(evaluating, signal);
    return new Map(batch.flatMap(({ id }, at) => (results[at] ? [[id, results[at]]] : [])));
  }

  /** Children in use, for health and for tests. */
  get processIds(): number[] {
    return this.#slots.flatMap(({ process }) =>
      process?.usable && process.pid !== undefined ? [process.pid] : [],
    );
  }

  /** Ends the children. What is still being evaluated, or comes later, is answered with a fault of the engine. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#slots.map(async ({ process }) => process?.end()));
  }

  async #evaluate(
    sources: string[],
    variables: Record<string, ExpressionValue>,
    signal: AbortSignal | undefined,
  ): Promise<EvaluatedExpression[]> {
    const all = (problem: string, fault: Fault): EvaluatedExpression[] =>
      sources.map(() => ({ ok: false, problem, fault }));
    const serialized = serializeVariables(variables);
    if (typeof serialized === 'string') return all(serialized, 'expression');

    const slot = await this.#take();
    try {
      if (signal?.aborted) return [];
      const together = await this.#ask(slot, sources, serialized, this.#limits.deadlineMs);
      if (together.kind === 'verdicts') return together.verdicts.map(toEvaluated);
      if (this.#closed) return all(closed, 'engine');
      if (together.cause === 'unavailable') return all(explainLoss(together, this.#limits).problem, 'engine');
      return await this.#evaluateAlone(slot, sources, serialized, signal);
    } finally {
      this.#give(slot);
    }
  }

  /** One by one after a loss, so that only the guilty expression pays; with more time, because the host may be busy. */
  async #evaluateAlone(
    slot: Slot,
    sources: string[],
    variables: Uint8Array,
    signal: AbortSignal | undefined,
  ): Promise<EvaluatedExpression[]> {
    const alone = { ...this.#limits, deadlineMs: 2 * this.#limits.deadlineMs };
    const results: EvaluatedExpression[] = [];
    for (const source of sources) {
      if (signal?.aborted) break;
      const answer = await this.#ask(slot, [source], variables, alone.deadlineMs);
      if (answer.kind === 'verdicts') results.push(...answer.verdicts.map(toEvaluated));
      else if (this.#closed) results.push({ ok: false, problem: closed, fault: 'engine' });
      else results.push({ ok: false, ...explainLoss(answer, alone) });
    }
    return results;
  }

  async #ask(
    slot: Slot,
    sources: string[],
    variables: Uint8Array,
    deadlineMs: number,
  ): Promise<EvaluatorAnswer> {
    if (this.#closed) return { kind: 'lost', cause: 'ended', detail: '' };
    if (!slot.process?.usable)
      slot.process = new EvaluatorProcess(this.#childEntry, this.#limits.memoryMegabytes);
    const answer = await slot.process.ask({ sources, variables }, deadlineMs);
    if (answer.kind === 'lost' && !this.#closed) this.#report(answer, sources.length);
    return answer;
  }

  #report({ cause, detail }: Loss, expressions: number): void {
    if (cause === 'unavailable') this.#log.error({ cause, detail }, 'expression evaluator does not start');
    else this.#log.warn({ cause, expressions }, 'expression evaluator lost');
  }

  async #take(): Promise<Slot> {
    return this.#free.pop() ?? new Promise((resolve) => this.#waiting.push(resolve));
  }

  #give(slot: Slot): void {
    const next = this.#waiting.shift();
    if (next) next(slot);
    else this.#free.push(slot);
  }
}

const closed = 'The service is stopping and evaluates no more expressions. Try again when it runs.';

function serializeVariables(variables: Record<string, ExpressionValue>): Uint8Array | string {
  let serialized: Uint8Array;
  try {
    serialized = serialize(variables);
  } catch (error) {
    return `The variables of the expression cannot be sent to the evaluator: ${String(error)}.`;
  }
  if (serialized.length <= limits.variableBytes) return serialized;
  return `The variables take ${serialized.length} bytes; ${limits.variableBytes} are allowed. Leave large files out.`;
}

function toEvaluated(verdict: Verdict): EvaluatedExpression {
  return verdict.ok
    ? { ok: true, value: withoutPrototypes(verdict.value) }
    : { ...verdict, fault: 'expression' };
}

/** Maps get a prototype when they travel between processes. */
function withoutPrototypes(value: ExpressionValue): ExpressionValue {
  if (Array.isArray(value)) return value.map(withoutPrototypes);
  if (typeof value !== 'object' || value === null || isDate(value) || isUint8Array(value)) return value;
  const entries = Object.entries(value).map(([key, element]) => [key, withoutPrototypes(element)] as const);
  return Object.assign(
    Object.create(null) as { [key: string]: ExpressionValue },
    Object.fromEntries(entries),
  );
}

async function unlessAborted<Result>(
  work: Promise<Result>,
  signal: AbortSignal | undefined,
): Promise<Result> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
