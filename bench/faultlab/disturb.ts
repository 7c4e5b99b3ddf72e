// The part of a run in which everything happens at once: people are changed, and the plan is carried out.
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { say } from '../harness/report.js';
import type { Chance } from './chance.js';
import { Chaos } from './chaos.js';
import type { Disturbance } from './disturbance.js';
import { Journal } from './journal.js';
import type { LabApi } from './lab-api.js';
import { ROLE_CODE } from './service-under-test.js';
import { LEASE_MS, type Setting } from './setting.js';
import { Workload } from './workload.js';

const PEOPLE = 300;
const DRIVERS = 6;
/** Operations that wait at most before the workload pauses. */
const BACKLOG = 60;
const LOOK_MS = 200;

export interface Disturbed {
  readonly journal: Journal;
  readonly chaos: Chaos;
}

/** Ends with the plan or with the signal; every change that was begun is acknowledged by then. */
export async function disturb(
  setting: Setting,
  plan: readonly Disturbance[],
  api: LabApi,
  chance: Chance,
  signal: AbortSignal,
): Promise<Disturbed> {
  const { facts, folder, roleId } = setting;
  const startedAt = performance.now();
  const journal = await Journal.create(join(folder, 'journal.jsonl'));
  let waiting = 0;
  const tell = (line: string): void => {
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
    say(`${seconds.padStart(7)} s  ${line}; ${journal.entries.length} changes, ${waiting} operations wait`);
  };
  const workload = new Workload({
    api,
    journal,
    chance: chance.branch(),
    roleId,
    roleCode: ROLE_CODE,
    people: PEOPLE,
    drivers: DRIVERS,
    isFull: () => waiting > BACKLOG,
  });
  const over = new AbortController();
  const limit = AbortSignal.any([signal, over.signal]);
  const chaos = new Chaos({ ...setting, chance: chance.branch(), leaseMs: LEASE_MS, signal: limit, tell });
  const look = async (): Promise<void> => {
    while (!over.signal.aborted) {
      waiting = await facts.waiting().catch(() => waiting);
      await delay(LOOK_MS);
    }
  };
  const carryOut = async (): Promise<void> => {
    while (workload.created < PEOPLE && !limit.aborted) await delay(LOOK_MS);
    tell('everybody is there');
    await chaos.run(plan);
    workload.stop();
  };
  const parts = [carryOut(), workload.run(), look()];
  try {
    // Whichever fails ends the run; none of them ends before the plan does.
    await Promise.all(parts.slice(0, 2));
  } finally {
    workload.stop();
    over.abort();
    await Promise.allSettled(parts);
    await journal.close();
  }
  return { journal, chaos };
}
