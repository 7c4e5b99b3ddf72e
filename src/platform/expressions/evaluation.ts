// Evaluates expressions in this process. It bounds work and results but cannot bound memory: only the child process calls it.
import { celEnv, isCelError, plan, type CelInput, type CelResult } from '@bufbuild/cel';
import { fromCelValue, toCelVariables } from './cel-values.js';
import type { ExpressionValue } from './expression-value.js';
import { Fuel, tooMuchWork } from './fuel.js';
import { createLibrary } from './function-library.js';
import { guardExpression } from './guard-expression.js';
import { explainRuntimeError } from './runtime-error.js';
import { parseExpression } from './syntax.js';

/** What became of one expression. A problem here is the expression's own: it fails again with the same values. */
export type Verdict = { ok: true; value: ExpressionValue } | { ok: false; problem: string };

type Program = (variables: Record<string, CelInput>) => Verdict;

/** Length of all sources whose programs are kept; a program takes about a hundred times the size of its source. */
const cachedSourceLength = 128 * 1024;

export class Evaluation {
  readonly #fuel = new Fuel();
  readonly #env = celEnv({ funcs: createLibrary(this.#fuel) });
  readonly #programs = new Map<string, Program>();
  #cachedLength = 0;

  /** One verdict for each source, in order. Never throws. */
  evaluateAll(sources: readonly string[], variables: Record<string, ExpressionValue>): Verdict[] {
    let converted: Record<string, CelInput>;
    try {
      converted = toCelVariables(variables);
    } catch (error) {
      return sources.map(() => ({ ok: false, problem: messageOf(error) }));
    }
    return sources.map((source) => this.#program(source)(converted));
  }

  /** The most recently used programs stay; a source that cannot be compiled is a program that says why. */
  #program(source: string): Program {
    const known = this.#programs.get(source);
    this.#programs.delete(source);
    const program = known ?? this.#compile(source);
    this.#programs.set(source, program);
    if (!known) this.#cachedLength += source.length;
    for (const [oldest] of this.#programs) {
      if (this.#cachedLength <= cachedSourceLength || oldest === source) break;
      this.#programs.delete(oldest);
      this.#cachedLength -= oldest.length;
    }
    return program;
  }

  #compile(source: string): Program {
    const parsed = parseExpression(source);
    if (!parsed.ok) return () => ({ ok: false, problem: parsed.problem.message });
    guardExpression(parsed.expr);
    const run: (variables: Record<string, CelInput>) => CelResult = plan(this.#env, parsed.expr);
    return (variables) => {
      this.#fuel.refill();
      try {
        const result = run(variables);
        if (this.#fuel.exhausted) return { ok: false, problem: tooMuchWork };
        if (!isCelError(result)) return { ok: true, value: fromCelValue(result) };
        const { message } = parsed.problemAt(result.exprId, explainRuntimeError(result.message));
        return { ok: false, problem: message };
      } catch (error) {
        return { ok: false, problem: messageOf(error) };
      }
    };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
