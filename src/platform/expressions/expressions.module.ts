import { type DynamicModule, Global, Logger, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Expressions } from './expressions.js';

@Global()
@Module({})
export class ExpressionsModule implements OnApplicationShutdown {
  constructor(private readonly expressions: Expressions) {}

  /** @param childEntry the compiled evaluator, where it is not beside this file (tests run from the sources) */
  static of(childEntry?: URL): DynamicModule {
    const log = new Logger('expressions');
    return {
      module: ExpressionsModule,
      providers: [
        {
          provide: Expressions,
          useFactory: () =>
            new Expressions({
              log: {
                warn: (fields, message) => log.warn(fields, message),
                error: (fields, message) => log.error(fields, message),
              },
              ...(childEntry ? { childEntry } : {}),
            }),
        },
      ],
      exports: [Expressions],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.expressions.close();
  }
}
