import { Module } from '@nestjs/common';
import { ScheduleModule as NestScheduleModule } from '@nestjs/schedule';
import { ScheduleBeat } from './schedule-beat.js';
import { ScheduleEntries } from './schedule-entries.service.js';
import { ScheduleStandings } from './schedule-standings.js';
import { ScheduleChecks } from './schedule.checks.js';
import { SchedulesController } from './schedules.controller.js';
import { Schedules } from './schedules.service.js';

@Module({
  imports: [NestScheduleModule.forRoot()],
  controllers: [SchedulesController],
  providers: [Schedules, ScheduleEntries, ScheduleBeat, ScheduleStandings, ScheduleChecks],
  exports: [Schedules, ScheduleStandings],
})
export class ScheduleModule {}
