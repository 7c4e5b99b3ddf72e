// The states of an operation and the only moves between them. docs/queue.md and the CHECK constraints are held against this.

/** States of a waiting or running operation. */
export const QUEUED_STATES = ['CREATED', 'RUNNING', 'UNKNOWN', 'FAILED', 'NOT_EXECUTED', 'BLOCKED'] as const;
/** States of a finished operation, in the archive. */
export const ARCHIVED_STATES = ['EXECUTED', 'CANCELED', 'SUPERSEDED', 'FAILED'] as const;

export type QueuedState = (typeof QUEUED_STATES)[number];
export type ArchivedState = (typeof ARCHIVED_STATES)[number];

export const LANE_STATES = [
  'idle',
  'ready',
  'leased',
  'gated-async',
  'gated-retry',
  'held',
  'dependent',
  'parked',
] as const;
export type LaneState = (typeof LANE_STATES)[number];

/** From a queued state to queued states, and to the archive. */
export const TRANSITIONS: Readonly<
  Record<
    QueuedState,
    { readonly queued: readonly QueuedState[]; readonly archived: readonly ArchivedState[] }
  >
> = {
  // Nothing was attempted. Kinds without intents go straight to the archive.
  CREATED: {
    queued: ['RUNNING', 'FAILED', 'NOT_EXECUTED', 'BLOCKED'],
    archived: ['EXECUTED', 'CANCELED', 'SUPERSEDED', 'FAILED'],
  },
  // The intent is stored: from here on the target may have been changed.
  RUNNING: { queued: ['UNKNOWN', 'FAILED'], archived: ['EXECUTED', 'FAILED'] },
  // Something was sent, its effect is not known: only reading the target, or a person, can tell.
  UNKNOWN: { queued: ['RUNNING', 'FAILED'], archived: ['EXECUTED', 'CANCELED', 'FAILED'] },
  // The last attempt failed and had no effect.
  FAILED: { queued: ['RUNNING', 'UNKNOWN'], archived: ['EXECUTED', 'CANCELED', 'SUPERSEDED', 'FAILED'] },
  // Held by its target: read-only, disabled, in maintenance, or restored from a backup.
  NOT_EXECUTED: { queued: ['CREATED'], archived: ['CANCELED', 'SUPERSEDED'] },
  // Held by the limit on mass change, or because its type of operation is blocked.
  BLOCKED: { queued: ['CREATED'], archived: ['CANCELED', 'SUPERSEDED'] },
};
