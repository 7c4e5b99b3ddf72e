import { Global, Module } from '@nestjs/common';
import { AuditLog } from './audit-log.js';

/** The door for every module that changes something. */
@Global()
@Module({ providers: [AuditLog], exports: [AuditLog] })
export class AuditModule {}
