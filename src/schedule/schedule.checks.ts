// What the doctor asks of the schedules.
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Diagnosis, fault, fine, type Observation, warning } from '../platform/diagnosis/index.js';
import { type ScheduleStanding, ScheduleStandings } from './schedule-standings.js';

/** A scheduler looks every second, and what is later than a minute counts as missed. */
const LATE_SECONDS = 60;

@Injectable()
export class ScheduleChecks implements OnModuleInit {
  constructor(
    private readonly diagnosis: Diagnosis,
    private readonly standings: ScheduleStandings,
  ) {}

  onModuleInit(): void {
    this.diagnosis.add({
      area: 'schedules',
      subject: 'The schedules',
      look: async () => findingsOf(await this.standings.all()),
    });
  }
}

export function findingsOf(standings: readonly ScheduleStanding[]): Observation[] {
  const seen = standings.flatMap(judge);
  if (seen.length > 0) return seen;
  return [fine(`All ${standings.length} schedules fire, and their last runs succeeded.`, 'schedules')];
}

function judge({ name, isPaused, isValid, overdueSeconds, lastError }: ScheduleStanding): Observation[] {
  const where = `schedule ${name}`;
  const seen: Observation[] = [];
  if (!isValid) {
    const whatToDo = `Correct it: provost schedule set ${name} --cron CRON --zone ZONE`;
    seen.push(fault('It never fires: its cron or zone names no time.', where, whatToDo));
  }
  if (isPaused) {
    seen.push(warning('It is paused and does not fire.', where, `provost schedule resume ${name}`));
  }
  if (overdueSeconds > LATE_SECONDS) {
    const what = `It should have fired ${Math.round(overdueSeconds)} s ago, and nobody has dealt with that.`;
    seen.push(
      fault(what, where, 'See whether a process with the role scheduler lives and what its log says.'),
    );
  }
  if (lastError !== null) {
    const whatToDo = `provost schedule runs ${name} shows the runs; correct the cause, then: provost schedule run ${name}`;
    seen.push(fault(`Its last run failed: ${lastError}`, where, whatToDo));
  }
  return seen;
}
