// Whether this database is a restored backup or a copy, from what it remembers and what stands beside it.

/** `moved`: it remembers being another database. `older`: records are missing that were signed for. `person`: somebody says so. */
export type HoldCause = 'moved' | 'older' | 'person';

export interface Signs {
  /** Whether the database is the one it remembers to be: the same cluster, or a replica of it, and the same database. */
  readonly isSameDatabase: boolean;
  /** When the last checkpoint was signed of which the database holds an older or another past; null without one. */
  readonly contradictedAt: Date | null;
  /** When a person released the queue last: what was signed before is settled. */
  readonly releasedAt: Date | null;
}

/** Null when nothing says that the past of this database is not its own. */
export function signOfRestoration({
  isSameDatabase,
  contradictedAt,
  releasedAt,
}: Signs): Exclude<HoldCause, 'person'> | null {
  if (!isSameDatabase) return 'moved';
  if (contradictedAt !== null && (releasedAt === null || contradictedAt > releasedAt)) return 'older';
  return null;
}

const REASONS: Readonly<Record<Exclude<HoldCause, 'person'>, string>> = {
  moved: 'The database is a restored backup or a copy: it remembers being another one.',
  older:
    'The database holds less than its audit checkpoint file: an older state was restored, or records were lost.',
};

export function reasonOf(cause: Exclude<HoldCause, 'person'>): string {
  return REASONS[cause];
}
