import { type DynamicModule, Global, Module } from '@nestjs/common';
import { Database } from '../platform/database/index.js';
import { DurableEvents } from './durable-events.js';
import { GateKeepers } from './gate-keepers.js';
import { GroupsController } from './groups.controller.js';
import { Groups } from './groups.service.js';
import { Nodes } from './nodes.service.js';
import { OperationKinds } from './operation-kinds.js';
import { Explanations } from './operations/explanations.service.js';
import { MovesController } from './operations/moves.controller.js';
import { Moves } from './operations/moves.service.js';
import { OperationsController } from './operations/operations.controller.js';
import { Operations } from './operations/operations.service.js';
import { QueueGauges } from './queue-gauges.js';
import { QueueRuntime } from './queue-runtime.service.js';
import { QueueChecks } from './queue.checks.js';
import { Queue } from './queue.service.js';
import { BEAT_DATABASE, QUEUE_DATABASE_URL, WORKER_DATABASE } from './queue.tokens.js';
import { PartitionKeeper } from './retention/partition-keeper.js';
import { TargetHolds } from './target-holds.service.js';
import { TargetStandings } from './target-standings.js';
import { TargetsController } from './targets.controller.js';
import { Targets } from './targets.service.js';
import { GroupWatch } from './waited-changes/group-watch.js';
import { WakeUp } from './wake-up.js';
import { QueueFigures } from './worker/queue-figures.js';

export interface QueueModuleOptions {
  readonly url: string;
  readonly poolSize: number;
  readonly statementTimeoutMs: number;
}

/** The queue: door of every module above for durable work. */
@Global()
@Module({})
export class QueueModule {
  static of({ url, poolSize, statementTimeoutMs }: QueueModuleOptions): DynamicModule {
    const pool = (applicationName: string, size: number, timeoutMs: number): Database =>
      new Database({
        url,
        applicationName,
        poolSize: size,
        statementTimeoutMs: timeoutMs,
        keepsToIndexes: true,
      });
    const offered = [
      Queue,
      DurableEvents,
      OperationKinds,
      Targets,
      Operations,
      Moves,
      Explanations,
      GateKeepers,
      QueueRuntime,
      QueueFigures,
      TargetStandings,
      WakeUp,
      Groups,
      GroupWatch,
    ];
    return {
      module: QueueModule,
      controllers: [OperationsController, MovesController, TargetsController, GroupsController],
      providers: [
        ...offered,
        QueueGauges,
        QueueChecks,
        Nodes,
        PartitionKeeper,
        TargetHolds,
        { provide: QUEUE_DATABASE_URL, useValue: url },
        { provide: WORKER_DATABASE, useFactory: () => pool('provost worker', poolSize, statementTimeoutMs) },
        { provide: BEAT_DATABASE, useFactory: () => pool('provost beat', 1, 3_000) },
      ],
      exports: [...offered, WORKER_DATABASE],
    };
  }
}
