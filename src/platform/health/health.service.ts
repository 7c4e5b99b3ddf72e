import { Injectable } from '@nestjs/common';

export interface HealthFinding {
  readonly ok: boolean;
  /** What is so, or what is wrong and what to do. Anybody may read it. */
  readonly detail: string;
}

export interface HealthReport {
  readonly ready: boolean;
  readonly checks: Record<string, HealthFinding>;
  readonly warnings: Record<string, string>;
}

export type HealthCheck = () => Promise<HealthFinding>;
/** What people should know although this process does its work; undefined when there is nothing. */
export type HealthWarning = () => Promise<string | undefined>;

/** A probe gives up sooner than a database that swallows everything is given up. */
const ANSWER_MS = 3_000;
const TOO_LATE: HealthFinding = { ok: false, detail: `gave no answer within ${ANSWER_MS / 1_000} s` };
const FAILED: HealthFinding = { ok: false, detail: 'could not be looked at; see the database' };

/** The checks and warnings behind /readyz; modules add theirs at start. */
@Injectable()
export class Health {
  readonly #checks = new Map<string, HealthCheck>();
  readonly #warnings = new Map<string, HealthWarning>();
  #report: Promise<HealthReport> | undefined;

  add(name: string, check: HealthCheck): void {
    this.#checks.set(name, check);
  }

  addWarning(name: string, warning: HealthWarning): void {
    this.#warnings.set(name, warning);
  }

  /** Looks at everything side by side. Who asks meanwhile gets the same report: probes never pile up on the database. */
  report(): Promise<HealthReport> {
    this.#report ??= this.#look().finally(() => (this.#report = undefined));
    return this.#report;
  }

  async #look(): Promise<HealthReport> {
    const [checks, warnings] = await Promise.all([
      ask(this.#checks, TOO_LATE, FAILED),
      ask(this.#warnings, undefined, undefined),
    ]);
    return {
      ready: checks.every(([, finding]) => finding.ok),
      checks: Object.fromEntries(checks),
      warnings: Object.fromEntries(
        warnings.flatMap(([name, text]) => (text === undefined ? [] : [[name, text]])),
      ),
    };
  }
}

async function ask<Answer>(
  questions: ReadonlyMap<string, () => Promise<Answer>>,
  late: Answer,
  failed: Answer,
): Promise<[string, Answer][]> {
  return Promise.all(
    [...questions].map(async ([name, question]): Promise<[string, Answer]> => {
      let timer: NodeJS.Timeout | undefined;
      const tooLate = new Promise<Answer>((resolve) => {
        timer = setTimeout(() => resolve(late), ANSWER_MS);
      });
      const answer = question().catch(() => failed);
      return [name, await Promise.race([answer, tooLate]).finally(() => clearTimeout(timer))];
    }),
  );
}
