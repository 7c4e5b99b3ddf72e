import { Module } from '@nestjs/common';
import { ClockChecks } from './clock.checks.js';
import { ConfigurationChecks } from './configuration.checks.js';
import { DatabaseChecks } from './database.checks.js';
import { DoctorController } from './doctor.controller.js';
import { Doctor } from './doctor.service.js';

/** What is wrong and what to do. Modules add their own checks to `Diagnosis`; what belongs to none is looked at here. */
@Module({
  controllers: [DoctorController],
  providers: [Doctor, ConfigurationChecks, ClockChecks, DatabaseChecks],
})
export class DoctorModule {}
