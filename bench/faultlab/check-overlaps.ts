// No two writes of one account were under way at the same time: read from the proxy's own clock.
import type { Violation } from './violation.js';
import { accountNameOf } from './witness-log.js';

/** A write from its request to its reply, in milliseconds of one clock. */
export interface TimedWrite {
  readonly kind: string;
  readonly dn: string;
  readonly pid: number | undefined;
  readonly fate: string;
  readonly seenAt: number;
  readonly endedAt: number;
}

export function checkOverlaps(writes: readonly TimedWrite[]): Violation[] {
  const latest = new Map<number, TimedWrite>();
  return writes
    .toSorted((one, other) => one.seenAt - other.seenAt)
    .flatMap((write): Violation[] => {
      const person = accountNameOf(write.dn)?.person;
      if (person === undefined) return [];
      const before = latest.get(person);
      if (before === undefined || before.endedAt <= write.endedAt) latest.set(person, write);
      if (before === undefined || before.endedAt <= write.seenAt) return [];
      return [
        { invariant: 'I4', person, story: `${storyOf(before)} was under way when ${storyOf(write)} came.` },
      ];
    });
}

function storyOf({ kind, dn, pid, fate, seenAt, endedAt }: TimedWrite): string {
  return `${kind} ${dn} (process ${pid ?? 'unknown'}, ${fate}, ${seenAt.toFixed(1)} to ${endedAt.toFixed(1)} ms)`;
}
