import { type DynamicModule, Global, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Database, type DatabaseOptions } from './database.js';
import { Partitions } from './partitions.js';

/** Offers the request side's `Database`; the queue keeps a pool of its own. */
@Global()
@Module({})
export class DatabaseModule implements OnApplicationShutdown {
  constructor(private readonly database: Database) {}

  static of(options: DatabaseOptions): DynamicModule {
    const provider = {
      provide: Database,
      useFactory: async (): Promise<Database> => {
        const database = new Database(options);
        await database.connect();
        return database;
      },
    };
    return { module: DatabaseModule, providers: [provider, Partitions], exports: [Database, Partitions] };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.database.close();
  }
}
