export type { ScheduleContext, ScheduleDefinition } from './schedule-definition.js';
export { type ScheduleStanding, ScheduleStandings } from './schedule-standings.js';
export { ScheduleModule } from './schedule.module.js';
export { ScheduleDefinitionError, Schedules } from './schedules.service.js';
