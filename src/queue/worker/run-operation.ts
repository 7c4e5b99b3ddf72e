// One attempt as a sentence: find the kind, read the payload, run with a deadline, say how it ended.
import type { Clock } from '../../platform/clock/index.js';
import type { Failure } from '../domain/outcome.js';
import { type Attempt, HeldError, LeaseLostError, type Outcome } from '../operation-kind.js';
import type { OperationKinds } from '../operation-kinds.js';
import type { QueueTimes } from '../queue.config.js';
import { AttemptSignal } from './attempt-signal.js';
import type { ClaimedOperation, EndedAttempt } from './claimed-operation.js';
import type { ExecutorLease } from './executor-lease.js';
import type { Intents } from './intents.js';

export interface RunDependencies {
  readonly kinds: OperationKinds;
  readonly lease: ExecutorLease;
  readonly intents: Intents;
  readonly clock: Clock;
  readonly times: QueueTimes;
  /** Aborted when the process stops and can wait no longer. */
  readonly giveUp: AbortSignal;
  /** Told about faults of Provost itself, with their stack. */
  readonly onFault: (operation: ClaimedOperation, error: unknown) => void;
}

/** Runs one attempt. Null when it must not be settled: the lease was lost, or the process had to give it up. */
export async function runOperation(
  operation: ClaimedOperation,
  deps: RunDependencies,
): Promise<EndedAttempt | null> {
  if (!deps.lease.isFresh()) return null;
  const startedAt = deps.clock.monotonicMs();
  const sent = { hasSent: false };
  const result = await attempt(operation, deps, sent);
  if (result === null || !deps.lease.isHeld) return null;
  return { operation, tookMs: deps.clock.monotonicMs() - startedAt, result, ...sent };
}

interface Sent {
  hasSent: boolean;
}

async function attempt(
  operation: ClaimedOperation,
  deps: RunDependencies,
  sent: Sent,
): Promise<Outcome | null> {
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
  const cancelDeadline = deps.clock.after(deps.times.attemptDeadline, () => deadline.abort());
  const until = new AttemptSignal([deps.lease.signal, deadline.signal, deps.giveUp]);
  try {
    const run = kind.run(
      toAttempt(operation, payload.data, { signal: until.signal, intents: deps.intents, sent }),
    );
    return await Promise.race([run, until.aborted]);
  } catch (error) {
    if (error instanceof LeaseLostError || !deps.lease.isHeld || deps.giveUp.aborted) return null;
    if (error instanceof HeldError) return error.held;
    if (deadline.signal.aborted) return timedOut(sent.hasSent, deps.times.attemptDeadline);
    deps.onFault(operation, error);
    const message = `Provost failed at this attempt: ${error instanceof Error ? error.message : String(error)}`;
    return failure(sent.hasSent ? 'unknown' : 'transient', 'internal', message);
  } finally {
    cancelDeadline();
    until.letGo();
  }
}

function toAttempt(
  operation: ClaimedOperation,
  payload: unknown,
  { signal, intents, sent }: { signal: AbortSignal; intents: Intents; sent: Sent },
): Attempt<unknown> {
  return {
    operation: {
      laneId: operation.laneId,
      seq: operation.seq,
      kind: operation.kind,
      state: operation.state,
      attempts: operation.attempts,
      createdAt: operation.createdAt,
      subject: operation.subject,
      payload,
      actor: { name: operation.actor, requestId: operation.requestId },
    },
    signal,
    intend: async (intent) => {
      if (signal.aborted) throw new DOMException('The attempt is over its deadline.', 'AbortError');
      await intents.add(operation, intent);
      // The attempt may have been settled meanwhile, as one that sent nothing.
      if (signal.aborted) throw new DOMException('The attempt is over its deadline.', 'AbortError');
      sent.hasSent = true;
    },
    unsettledIntents: () => intents.unsettled(operation),
  };
}

function failure(kind: Failure['kind'], code: string, message: string): Failure {
  // It never came to the target: the breaker learns nothing from it.
  return { kind, code, message, ...(kind === 'unknown' ? {} : { sign: 'silent' as const }) };
}

function timedOut(hasSent: boolean, milliseconds: number): Failure {
  const message = `The attempt did not end within ${milliseconds / 1_000} s.`;
  return { ...failure(hasSent ? 'unknown' : 'transient', 'deadline', message), sign: 'in-trouble' };
}
