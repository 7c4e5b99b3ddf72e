// A run from its first process to its verdict: set up, disturb while people are changed, let it come to rest, check.
import { withClosing } from '../harness/closing.js';
import { say } from '../harness/report.js';
import type { LabOptions } from './arguments.js';
import { Chance } from './chance.js';
import { comeToRest } from './come-to-rest.js';
import { disturb } from './disturb.js';
import { planDisturbances } from './disturbance.js';
import { LabApi } from './lab-api.js';
import { startSetting } from './setting.js';
import { sayVerdict } from './verdict.js';

/** The part of the time that is left for coming to rest and checking. */
const REST_SHARE = 0.25;
const LONGEST_REST_MS = 300_000;

/** True when nothing was violated. */
export function runLab(options: LabOptions): Promise<boolean> {
  return withClosing(async (closing) => {
    const wholeMs = options.minutes * 60_000;
    const restMs = Math.min(wholeMs * REST_SHARE, LONGEST_REST_MS);
    const disturbing = AbortSignal.timeout(wholeMs - restMs);
    const limit = AbortSignal.timeout(wholeMs);
    const chance = new Chance(options.seed);
    const fates = chance.branch();
    const plan = planDisturbances(options.kills, chance.branch());

    const setting = await startSetting(options.nodes, fates, disturbing, closing);
    say(`seed ${options.seed}; the logs of the nodes and the journal are in ${setting.folder}`);
    const { directory, proxy, fleet, facts } = setting;
    const api = new LabApi(fleet, chance.branch(), limit);
    const { journal, chaos } = await disturb(setting, plan, api, chance.branch(), disturbing);
    proxy.calm();
    const rest = await comeToRest({ api, facts, fleet, signal: limit, waitMs: restMs / 2 });
    return sayVerdict({
      options,
      chaos,
      rest,
      repeats: api.repeats,
      unwantedEnds: fleet.unwantedEnds,
      proxied: proxy.writes,
      journal: journal.entries,
      writes: await directory.writes(),
      accounts: await directory.accounts(),
    });
  });
}
