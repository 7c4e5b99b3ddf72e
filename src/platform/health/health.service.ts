import { Injectable } from '@nestjs/common';

export interface HealthFinding {
  readonly ok: boolean;
  /** What is so, or what is wrong and what to do. */
  readonly detail: string;
}

export type HealthCheck = () => Promise<HealthFinding>;

/** The checks behind /readyz; modules add theirs at start. */
@Injectable()
export class Health {
  readonly #checks = new Map<string, HealthCheck>();

  add(name: string, check: HealthCheck): void {
    this.#checks.set(name, check);
  }

  /** Runs all checks side by side; a check that throws counts as not ok. */
  async report(): Promise<{ ready: boolean; checks: Record<string, HealthFinding> }> {
    const entries = await Promise.all(
      [...this.#checks].map(async ([name, check]): Promise<[string, HealthFinding]> => {
        try {
          return [name, await check()];
        } catch (error) {
          return [name, { ok: false, detail: error instanceof Error ? error.message : String(error) }];
        }
      }),
    );
    return { ready: entries.every(([, finding]) => finding.ok), checks: Object.fromEntries(entries) };
  }
}
