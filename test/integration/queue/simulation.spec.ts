// The worker under simulated faults, and whether the simulator would notice if a rule were missing. Thousands of
// schedules are for `npm run simulate`; docs/simulator.md.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { seedOf } from '../../simulator/engine/random.js';
import { VARIANTS } from '../../simulator/variants.js';
import { type Played, playSchedule } from '../../simulator/world/schedule.js';
import type { Variant } from '../../simulator/world/simulation.js';
import type { Pledge } from '../../simulator/world/story.js';

const STEPS = 60;
const RUN_SEED = 20_301;
const SCHEDULES = 100;
/** More than any variant has needed. */
const MOST_TRIED = 300;

const NOTICED_AS: Readonly<Record<keyof typeof VARIANTS, readonly Pledge[]>> = {
  'a dead executor settles': ['fenced', 'in order', 'none twice', 'one at a time'],
  'the next is handed out before the last is durable': ['in order', 'fenced'],
  'a change is sent again without reading first': ['none twice'],
  'lanes are not given back': ['everything ends'],
  'what a worker has in hand is superseded': ['in order', 'superseded is not executed'],
  'a breaker never closes': ['breakers close', 'everything ends'],
};

describe('the simulation', () => {
  // The worker logs every lost connection; here they are the point.
  beforeAll(() => {
    Logger.overrideLogger(false);
  });
  afterAll(() => {
    Logger.overrideLogger(['error', 'fatal']);
  });

  function play(index: number, variant?: Variant): Promise<Played> {
    return playSchedule({ seed: seedOf(RUN_SEED, index), steps: STEPS, variant });
  }

  it('keeps every promise while processes, connections and systems fail', async () => {
    for (let index = 0; index < SCHEDULES; index += 1) {
      const { seed, violations } = await play(index);
      expect({ seed, violations }).toEqual({ seed, violations: [] });
    }
  }, 180_000);

  it('plays the same schedule again from its seed', async () => {
    const options = { seed: RUN_SEED, steps: STEPS, isTold: true };
    const once = await playSchedule(options);
    const again = await playSchedule(options);
    expect(once.story().length).toBeGreaterThan(STEPS);
    expect(again.story()).toEqual(once.story());
    expect(again.events).toBe(once.events);
  });

  it.each(Object.entries(VARIANTS))(
    'notices when %s',
    async (name, variant) => {
      const expected = NOTICED_AS[name as keyof typeof VARIANTS];
      for (let index = 0; index < MOST_TRIED; index += 1) {
        const [first] = (await play(index, variant)).violations;
        if (!first || !expected.includes(first.broken)) continue;
        const { violations } = await play(index);
        if (violations.length === 0) return;
      }
      throw new Error(`${MOST_TRIED} schedules did not notice that ${name}.`);
    },
    180_000,
  );
});
