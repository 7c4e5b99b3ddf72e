// After the last fault: waits until nothing waits any more, does what a person would do about operations that died three
// times, and takes down what the service then says of itself.
import { setTimeout as delay } from 'node:timers/promises';
import type { LeftOperation } from './check-end.js';
import type { DatabaseFacts } from './database-facts.js';
import type { Fleet } from './fleet.js';
import type { LabApi } from './lab-api.js';
import type { CrashedAttempt } from './recovery.js';

export interface RestOptions {
  readonly api: LabApi;
  readonly facts: DatabaseFacts;
  readonly fleet: Fleet;
  readonly signal: AbortSignal;
  /** How long it may take. */
  readonly waitMs: number;
}

export interface Rest {
  readonly tookMs: number;
  readonly left: readonly LeftOperation[];
  readonly archived: ReadonlySet<string>;
  readonly crashed: readonly CrashedAttempt[];
  readonly abandoned: readonly { readonly lane: string; readonly executor: string }[];
  /** Operations that waited for a person because their executor had died three times. */
  readonly retried: number;
  readonly audit: Readonly<Record<string, unknown>>;
}

const LOOK_MS = 250;
/** As often an operation's executor dies before it waits for a person. */
const CRASHES_THAT_EXHAUST = 3;

export async function comeToRest({ api, facts, fleet, signal, waitMs }: RestOptions): Promise<Rest> {
  const startedAt = performance.now();
  const limit = AbortSignal.any([signal, AbortSignal.timeout(waitMs)]);
  // What does not come back is seen by what it leaves undone.
  await fleet.untilServing(fleet.size, limit).catch(() => undefined);
  const retried = new Set<string>();
  while (!limit.aborted && (await facts.waiting()) > 0) {
    for (const { id, lane, crashes } of await facts.left()) {
      if (limit.aborted || lane !== 'parked' || crashes < CRASHES_THAT_EXHAUST || retried.has(id)) continue;
      retried.add(id);
      // Behind the head of its lane, or moved on meanwhile: nothing to retry.
      await api.send({ method: 'POST', path: `/api/v1/operations/${id}/retries` }, [404, 409]);
    }
    await delay(LOOK_MS);
  }
  const tookMs = performance.now() - startedAt;
  const verification = { method: 'POST', path: '/api/v1/audit/verifications', body: {} } as const;
  const audit = await api.send(verification).catch((error: unknown) => ({ body: { error: String(error) } }));
  return {
    tookMs,
    left: await facts.left(),
    archived: await facts.archived(),
    crashed: await facts.crashed(),
    abandoned: await facts.abandoned(),
    retried: retried.size,
    audit: audit.body,
  };
}
