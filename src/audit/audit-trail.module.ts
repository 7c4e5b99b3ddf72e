import { Module } from '@nestjs/common';
import { AuditKeeper } from './audit-keeper.js';
import { AuditLag } from './audit-lag.js';
import { AuditSearch } from './audit-search.js';
import { AuditVerifier } from './audit-verifier.js';
import { AuditController } from './audit.controller.js';
import { ChainKeys } from './chain-keys.js';
import { CheckpointFile } from './checkpoint-file.js';
import { Checkpoints } from './checkpoint.service.js';
import { Retention } from './retention.js';
import { Sealer } from './sealer.js';

/** What is done with the records once they are written: sealed, searched, verified, removed in their time. */
@Module({
  controllers: [AuditController],
  providers: [
    ChainKeys,
    Sealer,
    CheckpointFile,
    Checkpoints,
    Retention,
    AuditKeeper,
    AuditSearch,
    AuditVerifier,
    AuditLag,
  ],
  exports: [Sealer, AuditVerifier, Checkpoints],
})
export class AuditTrailModule {}
