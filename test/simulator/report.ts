// The story of a schedule in which a promise was broken, for whoever has to find out why.
import { playSchedule } from './world/schedule.js';

const LONGEST = 150;

export async function storyOf(seed: number, steps: number): Promise<string[]> {
  const played = await playSchedule({ seed, steps, isTold: true });
  const [first] = played.violations;
  const lines = played.story(first?.lane ?? null);
  const left = lines.length - LONGEST;
  return [
    `The schedule with the seed ${seed}, as far as it concerns lane ${first?.lane?.split('-')[0] ?? '(any)'}:`,
    ...(left > 0 ? [`  … ${left} earlier lines`] : []),
    ...lines.slice(-LONGEST),
    `Play it again: npm run simulate -- --seed ${seed} --schedules 1 --steps ${steps}`,
  ];
}
