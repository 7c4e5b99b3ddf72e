import { type DynamicModule, Global, Module } from '@nestjs/common';
import { Database } from '../platform/database/index.js';
import { DurableEvents } from './durable-events.js';
import { OperationKinds } from './operation-kinds.js';
import { OperationsController } from './operations.controller.js';
import { Operations } from './operations.service.js';
import { QueueRuntime } from './queue-runtime.service.js';
import { Queue } from './queue.service.js';
import { BEAT_DATABASE, QUEUE_DATABASE_URL, WORKER_DATABASE } from './queue.tokens.js';
import { Targets } from './targets.service.js';
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
      new Database({ url, applicationName, poolSize: size, statementTimeoutMs: timeoutMs });
    const offered = [
      Queue,
      DurableEvents,
      OperationKinds,
      Targets,
      Operations,
      QueueRuntime,
      QueueFigures,
      WakeUp,
    ];
    return {
      module: QueueModule,
      controllers: [OperationsController],
      providers: [
        ...offered,
        { provide: QUEUE_DATABASE_URL, useValue: url },
        { provide: WORKER_DATABASE, useFactory: () => pool('provost worker', poolSize, statementTimeoutMs) },
        { provide: BEAT_DATABASE, useFactory: () => pool('provost beat', 1, 3_000) },
      ],
      exports: [...offered, WORKER_DATABASE],
    };
  }
}
