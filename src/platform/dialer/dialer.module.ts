import { Global, Module } from '@nestjs/common';
import { processSettings, type ProcessSettings } from '../config/index.js';
import { Dialer } from './dialer.js';
import { dialerSettings, type DialerSettings } from './dialer.config.js';

@Global()
@Module({
  providers: [
    {
      provide: Dialer,
      inject: [dialerSettings.token, processSettings.token],
      useFactory: (settings: DialerSettings, { isProduction }: ProcessSettings) =>
        new Dialer({ ...settings, isProduction: isProduction === true }),
    },
  ],
  exports: [Dialer],
})
export class DialerModule {}
