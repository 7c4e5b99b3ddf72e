import { Module } from '@nestjs/common';
import { AuditTrailModule } from '../../audit/index.js';
import { RestorationController } from './restoration.controller.js';
import { RestorationSignals } from './restoration-signals.js';
import { Restoration } from './restoration.service.js';

/** Holds the queue when its database was restored. Only a whole service has the checkpoints that tell. */
@Module({
  imports: [AuditTrailModule],
  controllers: [RestorationController],
  providers: [Restoration, RestorationSignals],
})
export class RestorationModule {}
