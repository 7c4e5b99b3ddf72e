// How long after a kill the work of the killed node was in other hands: arithmetic only.

export interface Kill {
  readonly pid: number;
  /** Milliseconds since 1970, as the database counts them on the same machine. */
  readonly at: number;
}

/** An attempt whose executor died, as the rescue wrote it down. */
export interface CrashedAttempt {
  readonly pid: number;
  readonly rescuedAt: number;
  /** When the next attempt in that lane ended; null when none followed. */
  readonly resumedAt: number | null;
}

export interface Recovery {
  /** From the kill until the last lane of the node was free again. */
  readonly rescuedMs: number;
  /** From the kill until the next attempt had ended in every lane of the node. */
  readonly resumedMs: number;
}

/** One for each kill that took work along; a node without any has nothing to recover. */
export function recoveries(kills: readonly Kill[], crashed: readonly CrashedAttempt[]): Recovery[] {
  return kills.flatMap(({ pid, at }) => {
    // An executor that was lost before the kill has recovered by itself.
    const lost = crashed.filter((attempt) => attempt.pid === pid && attempt.rescuedAt > at);
    if (lost.length === 0) return [];
    return [
      {
        rescuedMs: Math.max(...lost.map(({ rescuedAt }) => rescuedAt - at)),
        resumedMs: Math.max(...lost.map(({ rescuedAt, resumedAt }) => (resumedAt ?? rescuedAt) - at)),
      },
    ];
  });
}
