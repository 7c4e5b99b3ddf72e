// How the queue stands, target by target, for scrapes, probes and the doctor: one look serves everybody who asks
// within some seconds, and costs the same whatever waits.
import { Injectable } from '@nestjs/common';
import { Clock } from '../platform/clock/index.js';
import { Database, loadStatement } from '../platform/database/index.js';
import type { LaneState } from './domain/operation-state.js';
import type { TargetHold, TargetMode } from './target.js';

/** Lane states that are counted; idle ones say nothing, and leased ones are counted by whoever has them. */
export const COUNTED_STATES = [
  'ready',
  'gated-async',
  'gated-retry',
  'held',
  'dependent',
  'parked',
] as const satisfies readonly LaneState[];

/** How many more than this wait does not matter to whoever looks. */
export const MOST_COUNTED = 1_000;

export interface TargetStanding {
  readonly id: number;
  readonly name: string;
  readonly mode: TargetMode;
  readonly hold: TargetHold | null;
  readonly holdReason: string | null;
  /** Null while the breaker is closed; in the past while one attempt looks whether it may close. */
  readonly breakerOpenUntil: Date | null;
  readonly breakerReason: string | null;
  /** How long the oldest lane has waited that a worker may take; 0 when none is due. */
  readonly oldestDueSeconds: number;
  /** At most `MOST_COUNTED` of each. */
  readonly lanes: Readonly<Record<(typeof COUNTED_STATES)[number], number>>;
}

const TARGET_STANDINGS = loadStatement('target-standings', import.meta.url);
const ANSWER_MS = 2_000;
const KEPT_MS = 5_000;

@Injectable()
export class TargetStandings {
  #latest: { readonly atMs: number; readonly standings: Promise<readonly TargetStanding[]> } | undefined;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** At most five seconds old. @throws when the database does not answer soon: nobody waits long for figures */
  all(): Promise<readonly TargetStanding[]> {
    const atMs = this.clock.monotonicMs();
    if (this.#latest === undefined || atMs - this.#latest.atMs > KEPT_MS)
      this.#latest = { atMs, standings: this.#read() };
    return this.#latest.standings;
  }

  #read(): Promise<readonly TargetStanding[]> {
    return this.database.transact(async (transaction) => {
      await transaction.query(`set local statement_timeout = ${ANSWER_MS}`);
      // Where one target has nearly all lanes, plans that read the whole table or a whole index look cheap.
      await transaction.query('set local enable_seqscan = off');
      await transaction.query('set local enable_bitmapscan = off');
      return transaction.query<TargetStanding>(TARGET_STANDINGS, [MOST_COUNTED]);
    });
  }
}

/** A count as people read it. */
export function countText(lanes: number): string {
  return lanes < MOST_COUNTED ? String(lanes) : `${MOST_COUNTED} or more`;
}
