import { Global, Module } from '@nestjs/common';
import { Diagnosis } from './diagnosis.js';

@Global()
@Module({ providers: [Diagnosis], exports: [Diagnosis] })
export class DiagnosisModule {}
