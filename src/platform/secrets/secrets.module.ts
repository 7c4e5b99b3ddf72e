import { type DynamicModule, Global, Module } from '@nestjs/common';
import { Database } from '../database/index.js';
import { checkKeys } from './key-checks.js';
import type { KeyRing } from './key-ring.js';
import { SecretBox } from './secret-box.js';

/** Offers the `SecretBox`, once the keys have shown that they are those of this database. */
@Global()
@Module({})
export class SecretsModule {
  static of(ring: KeyRing): DynamicModule {
    return {
      module: SecretsModule,
      providers: [
        {
          provide: SecretBox,
          inject: [Database],
          useFactory: async (database: Database): Promise<SecretBox> => {
            try {
              await checkKeys(database, ring);
            } catch (error) {
              // Nest gives up without closing what it has made.
              await database.close();
              throw error;
            }
            return new SecretBox(ring);
          },
        },
      ],
      exports: [SecretBox],
    };
  }
}
