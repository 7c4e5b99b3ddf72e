import type { Actor } from '../platform/http/index.js';
import type { CatchUp } from './domain/catch-up.js';

/** What a run is told. */
export interface ScheduleContext {
  /** Aborted when the service stops, the run takes too long, or its lease is lost: end soon after. */
  readonly signal: AbortSignal;
  /** The time this firing stands for; null for a run that a person asked for. */
  readonly slot: Date | null;
  readonly actor: Actor;
}

/** A recurring piece of work, declared by the module that owns it. */
export interface ScheduleDefinition {
  /** Letters, digits and hyphens; stored, so it stays for ever. */
  readonly name: string;
  /** One sentence for people. */
  readonly about: string;
  /** Six fields, seconds first; an administrator may change it. */
  readonly defaultCron: string;
  /** An IANA name, or UTC. */
  readonly defaultZone: string;
  /** What becomes of missed times until an administrator changes it; `once` when not given. */
  readonly defaultCatchUp?: CatchUp;
  /** A run that lasts longer is aborted; 600 when not given. */
  readonly longestRunSeconds?: number;
  /** Does the work and says how much of what it did. May run again for the same cause after a crash. */
  run(context: ScheduleContext): Promise<Record<string, number>>;
}
