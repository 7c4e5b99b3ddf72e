// One attempt as a sentence: find the kind, read the payload, run with a deadline, say how it ended.
import type { Clock } from '../../platform/clock/index.js';
import type { Failure } from '../domain/outcome.js';
import { LeaseLostError, type Outcome } from '../operation-kind.js';
import type { OperationKinds } from '../operation-kinds.js';
import type { QueueTimes } from '../queue.config.js';
import type { ClaimedOperation, EndedAttempt } from './claimed-operation.js';
import type { ExecutorLease } from './executor-lease.js';
import type { Intents } from './intents.js';

export interface RunDependencies {
  readonly kinds: OperationKinds;
  readonly lease: ExecutorLease;
  readonly intents: Intents;
  readonly clock: Clock;
  readonly times: QueueTimes;
  /** Told about faults of Provost itself, with their stack. */
  readonly onFault: (operation: ClaimedOperation, error: unknown) => void;
}

/** Runs one attempt. Null when the lease was lost: nobody may settle it but the one who rescues it. */
export async function runOperation(
  operation: ClaimedOperation,
  deps: RunDependencies,
): Promise<EndedAttempt | null> {
  const startedAt = deps.clock.monotonicMs();
  const result = await attempt(operation, deps);
  if (result === null || !deps.lease.isHeld) return null;
  return { operation, tookMs: deps.clock.monotonicMs() - startedAt, result };
}

async function attempt(operation: ClaimedOperation, deps: RunDependencies): Promise<Outcome | null> {
  const kind = deps.kinds.get(operation.kind);
  if (!kind)
    return failure(
      'permanent',
      'unknown-kind',
      `This version knows no operation kind ${operation.kind}. Run the version that does, then retry.`,
    );
  const payload = kind.payload.safeParse(operation.payload);
  if (!payload.success)
    return failure(
      'permanent',
      'invalid-payload',
      `The payload does not fit the kind ${operation.kind}: ${payload.error.message}`,
    );

  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), deps.times.attemptDeadline);
  let hasSent = false;
  try {
    const run = kind.run({
      operation: {
        laneId: operation.laneId,
        seq: operation.seq,
        kind: operation.kind,
        state: operation.state,
        attempts: operation.attempts,
        createdAt: operation.createdAt,
        subject: operation.subject,
        payload: payload.data,
        actor: { name: operation.actor, requestId: operation.requestId },
      },
      signal: AbortSignal.any([deps.lease.signal, deadline.signal]),
      intend: async (intent) => {
        if (deadline.signal.aborted)
          throw new DOMException('The attempt is over its deadline.', 'AbortError');
        await deps.intents.store(operation, intent);
        hasSent = true;
      },
      unsettledIntents: () => deps.intents.unsettled(operation),
    });
    return await Promise.race([run, overdue(deadline.signal)]);
  } catch (error) {
    if (error instanceof LeaseLostError || !deps.lease.isHeld) return null;
    if (deadline.signal.aborted) return timedOut(hasSent, deps.times.attemptDeadline);
    deps.onFault(operation, error);
    const message = `Provost failed at this attempt: ${error instanceof Error ? error.message : String(error)}`;
    return failure(hasSent ? 'unknown' : 'transient', 'internal', message);
  } finally {
    clearTimeout(timer);
  }
}

function failure(kind: Failure['kind'], code: string, message: string): Failure {
  return { kind, code, message };
}

function timedOut(hasSent: boolean, milliseconds: number): Failure {
  const message = `The attempt did not end within ${milliseconds / 1_000} s.`;
  return failure(hasSent ? 'unknown' : 'transient', 'deadline', message);
}

/** Rejects once the deadline has passed, for a handler that does not heed its signal. */
function overdue(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener(
      'abort',
      () => reject(new DOMException('The attempt is over its deadline.', 'AbortError')),
      { once: true },
    );
  });
}
