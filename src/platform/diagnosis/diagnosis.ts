// The checks of all modules: registered at start, run side by side, each bounded in time. A check that fails is itself
// a finding: whatever is wrong must not keep people from being told what else is.
import { Injectable } from '@nestjs/common';
import { wordsOf } from '../failures/index.js';
import { maskText } from '../logging/index.js';
import { type Area, AREAS, fault, type Finding, LEVELS, type Observation } from './finding.js';

export interface Check {
  readonly area: Area;
  /** What is looked at, as in "The wake-ups could not be looked at". */
  readonly subject: string;
  /** What is seen; nothing when there is nothing to say. */
  look(signal: AbortSignal): Promise<readonly Observation[]>;
}

const CHECK_MS = 5_000;

@Injectable()
export class Diagnosis {
  readonly #checks: Check[] = [];

  add(check: Check): void {
    this.#checks.push(check);
  }

  /** Every finding: area by area, the worst first. Never rejects. @param withinMs how long one check may take */
  async findings(withinMs = CHECK_MS): Promise<Finding[]> {
    const found = await Promise.all(this.#checks.map((check) => carryOut(check, withinMs)));
    return found.flat().toSorted((left, right) => {
      const byArea = AREAS.indexOf(left.area) - AREAS.indexOf(right.area);
      return byArea === 0 ? LEVELS.indexOf(right.level) - LEVELS.indexOf(left.level) : byArea;
    });
  }
}

async function carryOut(check: Check, withinMs: number): Promise<Finding[]> {
  const expiry = new AbortController();
  const isOver = new Promise<never>((_, reject) => {
    // Raced, because a check may be stuck in something that heeds no signal.
    expiry.signal.addEventListener('abort', () => reject(expiry.signal.reason as Error));
  });
  const timer = setTimeout(
    () => expiry.abort(new Error(`there was no answer within ${withinMs} ms`)),
    withinMs,
  );
  try {
    const seen = await Promise.race([check.look(expiry.signal), isOver]);
    return seen.map((observation) => ({ area: check.area, ...observation }));
  } catch (error) {
    const what = `${check.subject} could not be looked at: ${maskText(wordsOf(error))}.`;
    const whatToDo =
      'Remove what is said above, most likely the database; the log may have more. Then ask again.';
    return [{ area: check.area, ...fault(what, 'this check', whatToDo) }];
  } finally {
    clearTimeout(timer);
  }
}
