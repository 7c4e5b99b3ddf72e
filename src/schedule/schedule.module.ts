import { Module } from '@nestjs/common';
import { ScheduleModule as NestScheduleModule } from '@nestjs/schedule';
import { ScheduleBeat } from './schedule-beat.js';
import { ScheduleEntries } from './schedule-entries.service.js';
import { SchedulesController } from './schedules.controller.js';
import { Schedules } from './schedules.service.js';

@Module({
  imports: [NestScheduleModule.forRoot()],
  controllers: [SchedulesController],
  providers: [Schedules, ScheduleEntries, ScheduleBeat],
  exports: [Schedules],
})
export class ScheduleModule {}
