import { Global, Logger, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Expressions } from './expressions.js';

const log = new Logger('expressions');

@Global()
@Module({
  providers: [
    {
      provide: Expressions,
      useFactory: () =>
        new Expressions({
          log: {
            warn: (fields, message) => log.warn(fields, message),
            error: (fields, message) => log.error(fields, message),
          },
        }),
    },
  ],
  exports: [Expressions],
})
export class ExpressionsModule implements OnApplicationShutdown {
  constructor(private readonly expressions: Expressions) {}

  async onApplicationShutdown(): Promise<void> {
    await this.expressions.close();
  }
}
