// What a run has shown: every violation with its story, the counts, and as its last line one JSON object.
import { loadNow, machine } from '../harness/machine.js';
import { say } from '../harness/report.js';
import { quantile } from '../harness/statistics.js';
import type { LabOptions } from './arguments.js';
import type { Chaos } from './chaos.js';
import { checkEnd } from './check-end.js';
import { checkOverlaps } from './check-overlaps.js';
import { checkWrites } from './check-writes.js';
import type { Rest } from './come-to-rest.js';
import type { JournalEntry } from './journal.js';
import type { UnwantedEnd } from './lab-node.js';
import type { ProxiedWrite } from './ldap-fault-link.js';
import { recoveries } from './recovery.js';
import { RECOVERY_BOUND_MS } from './setting.js';
import { INVARIANTS, type Violation } from './violation.js';
import type { AccountEntry, WitnessedWrite } from './witness-log.js';

export interface RunFacts {
  readonly options: LabOptions;
  readonly chaos: Pick<Chaos, 'kills' | 'counts'>;
  readonly rest: Rest;
  readonly repeats: number;
  readonly unwantedEnds: readonly UnwantedEnd[];
  readonly proxied: readonly ProxiedWrite[];
  readonly journal: readonly JournalEntry[];
  readonly writes: readonly WitnessedWrite[];
  readonly accounts: readonly AccountEntry[];
}

/** Stories told in full; more would bury them. */
const STORIES = 40;

/** True when nothing was violated. */
export function sayVerdict(run: RunFacts): boolean {
  const recovered = recoveries(run.chaos.kills, run.rest.crashed);
  const recoveryMs = spread(recovered.map(({ rescuedMs }) => rescuedMs));
  const violations = violationsOf(run, recoveryMs);
  const done = run.writes.filter(({ result }) => result === 0);
  say('');
  for (const { invariant, story } of violations.slice(0, STORIES))
    say(`${invariant} (${INVARIANTS[invariant]}): ${story}`);
  if (violations.length > STORIES) say(`… and ${violations.length - STORIES} more.`);
  say(`changes ${countsText(countBy(run.journal, ({ kind }) => kind))}`);
  say(`writes done ${countsText(countBy(done, ({ kind }) => kind))}`);
  say(`came to rest in ${(run.rest.tookMs / 1_000).toFixed(1)} s; requests sent again: ${run.repeats}`);
  say(
    JSON.stringify({
      faultlab: {
        ...run.options,
        kills: run.chaos.kills.length,
        changes: run.journal.length,
        writes: done.length,
        refusedWrites: countBy(
          run.writes.filter(({ result }) => result !== 0),
          ({ result }) => String(result),
        ),
        faults: { ...countBy(run.proxied, ({ fate }) => fate), ...Object.fromEntries(run.chaos.counts) },
        retriedByHand: run.rest.retried,
        violations: violations.length,
        byInvariant: countBy(violations, ({ invariant }) => invariant),
        // More than were killed lose work: whoever was slower than its lease is taken for dead, too.
        crashedAttempts: run.rest.crashed.length,
        recoveries: recovered.length,
        recoveryMs: { ...recoveryMs, bound: RECOVERY_BOUND_MS },
        resumedMs: spread(recovered.map(({ resumedMs }) => resumedMs)),
        machine: { ...machine(), load: loadNow() },
      },
    }),
  );
  return violations.length === 0;
}

interface Spread {
  readonly p50: number | null;
  readonly p99: number | null;
  readonly max: number | null;
}

function violationsOf(run: RunFacts, recoveryMs: Spread): Violation[] {
  const { rest } = run;
  return [
    ...checkEnd({ ...run, left: rest.left, archived: rest.archived }),
    ...checkWrites(run.writes),
    ...checkOverlaps(run.proxied),
    ...((recoveryMs.p99 ?? 0) > RECOVERY_BOUND_MS
      ? [one('I5', `99 of 100 kills took up to ${recoveryMs.p99} ms, allowed are ${RECOVERY_BOUND_MS}.`)]
      : []),
    ...(rest.audit['isIntact'] === true ? [] : [one('I6', JSON.stringify(rest.audit))]),
    ...rest.abandoned.map(({ lane, executor }) => one('I7', `${lane} is leased by executor ${executor}.`)),
    ...run.unwantedEnds.map(({ node, pid, how }) => one('I8', `node ${node}, process ${pid}: ${how}.`)),
  ];
}

function one(invariant: Violation['invariant'], story: string): Violation {
  return { invariant, story };
}

function spread(values: readonly number[]): Spread {
  if (values.length === 0) return { p50: null, p99: null, max: null };
  const at = (share: number): number => Math.round(quantile(values, share));
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}

function countBy<Item>(items: readonly Item[], nameOf: (item: Item) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const item of items) counts[nameOf(item)] = (counts[nameOf(item)] ?? 0) + 1;
  return counts;
}

function countsText(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
}
