// What the doctor says: one thing that is as it should be, or that is not and what to do about it.

/** In the order in which people read them: what the rest stands on comes first. */
export const AREAS = [
  'configuration',
  'clock',
  'database',
  'logins',
  'systems',
  'nodes',
  'schedules',
  'queue',
  'audit',
] as const;

export type Area = (typeof AREAS)[number];

/** From harmless to bad. `warning` works and could be better; `error` keeps something from working. */
export const LEVELS = ['ok', 'warning', 'error'] as const;

export type Level = (typeof LEVELS)[number];

export interface Finding {
  readonly area: Area;
  readonly level: Level;
  readonly what: string;
  /** A setting, a system, a node …: where to look. */
  readonly where: string;
  /** Null when there is nothing to do. */
  readonly whatToDo: string | null;
}

/** What a check has seen; its area is the check's own. */
export type Observation = Omit<Finding, 'area'>;

export function fine(what: string, where: string): Observation {
  return { level: 'ok', what, where, whatToDo: null };
}

export function warning(what: string, where: string, whatToDo: string): Observation {
  return { level: 'warning', what, where, whatToDo };
}

export function fault(what: string, where: string, whatToDo: string): Observation {
  return { level: 'error', what, where, whatToDo };
}

export function worstOf(levels: readonly Level[]): Level {
  return LEVELS.findLast((level) => levels.includes(level)) ?? 'ok';
}
