import { type DynamicModule, Global, Module } from '@nestjs/common';
import { SecretBox } from './secret-box.js';

@Global()
@Module({})
export class SecretsModule {
  /** @param key 32 bytes */
  static of(key: Buffer): DynamicModule {
    return {
      module: SecretsModule,
      providers: [{ provide: SecretBox, useFactory: () => new SecretBox(key) }],
      exports: [SecretBox],
    };
  }
}
