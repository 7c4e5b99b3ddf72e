import { type DynamicModule, Global, Module } from '@nestjs/common';
import type { LoadedSettings } from './load-settings.js';

/** Offers every loaded group of settings under its token. */
@Global()
@Module({})
export class SettingsModule {
  static of(loaded: LoadedSettings): DynamicModule {
    const providers = [...loaded.values].map(([provide, useValue]) => ({ provide, useValue }));
    return { module: SettingsModule, providers, exports: providers.map(({ provide }) => provide) };
  }
}
