export { DurableEvents, type DurableEvent, type Subscriber } from './durable-events.js';
export { fromOperationId, type OperationRef, toOperationId } from './domain/operation-id.js';
export type { Failure } from './domain/outcome.js';
export { RETRY_POLICIES, type RetryPolicy } from './domain/retry-schedule.js';
export {
  type Attempt,
  type ConfirmedOperation,
  type EnqueueChild,
  type EnqueuedOperation,
  HeldError,
  type Intent,
  LeaseLostError,
  type NewOperation,
  type OperationKind,
  type Outcome,
  type UnsettledIntent,
} from './operation-kind.js';
export { GateKeepers } from './gate-keepers.js';
export { noticeSettings } from './notices/notice.config.js';
export { NoticesModule } from './notices/notices.module.js';
export { OperationKinds } from './operation-kinds.js';
export { Moves } from './operations/moves.service.js';
export { Operations } from './operations/operations.service.js';
export { Explanations } from './operations/explanations.service.js';
export { QueueRuntime } from './queue-runtime.service.js';
export { queueSettings, type QueueSettings } from './queue.config.js';
export { QueueModule } from './queue.module.js';
export { Queue } from './queue.service.js';
export { RestorationModule } from './restoration/restoration.module.js';
export { WORKER_DATABASE } from './queue.tokens.js';
export { type TargetStanding, TargetStandings } from './target-standings.js';
export { DATABASE_TARGET, type RetryChoice, type TargetHold, type TargetMode } from './target.js';
export { Targets, type TargetSettings } from './targets.service.js';
export { QueueFigures } from './worker/queue-figures.js';
export { Groups } from './groups.service.js';
export { GroupWatch } from './waited-changes/group-watch.js';
export { WaitsForWhatFollows } from './waited-changes/wait-for-what-follows.js';
