export { DurableEvents, type DurableEvent, type Subscriber } from './durable-events.js';
export { fromOperationId, type OperationRef, toOperationId } from './domain/operation-id.js';
export type { Failure } from './domain/outcome.js';
export type { RetryPolicy } from './domain/retry-schedule.js';
export {
  type Attempt,
  type EnqueueChild,
  type EnqueuedOperation,
  type Intent,
  LeaseLostError,
  type NewOperation,
  type OperationKind,
  type Outcome,
  type UnsettledIntent,
} from './operation-kind.js';
export { OperationKinds } from './operation-kinds.js';
export { Operations } from './operations.service.js';
export { QueueRuntime } from './queue-runtime.service.js';
export { queueSettings, type QueueSettings } from './queue.config.js';
export { QueueModule } from './queue.module.js';
export { Queue } from './queue.service.js';
export { WORKER_DATABASE } from './queue.tokens.js';
export { DATABASE_TARGET, type Target, type TargetMode, Targets } from './targets.service.js';
export { QueueFigures } from './worker/queue-figures.js';
