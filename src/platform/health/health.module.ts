import { Global, Module } from '@nestjs/common';
import { HealthController } from './health.controller.js';
import { Health } from './health.service.js';

@Global()
@Module({ controllers: [HealthController], providers: [Health], exports: [Health] })
export class HealthModule {}
