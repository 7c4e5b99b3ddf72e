// Every acknowledged change has ended, and the directory is what the changes add up to.
import type { JournalEntry } from './journal.js';
import type { Violation } from './violation.js';
import { type AccountEntry, accountNameOf } from './witness-log.js';

/** An operation that has not ended although nothing disturbs it any more. */
export interface LeftOperation {
  readonly id: string;
  readonly subject: string;
  readonly state: string;
  readonly lane: string;
  readonly words: string;
}

export interface EndFacts {
  readonly journal: readonly JournalEntry[];
  readonly accounts: readonly AccountEntry[];
  readonly left: readonly LeftOperation[];
  /** Requests of which an operation is in the archive. */
  readonly archived: ReadonlySet<string>;
}

export function checkEnd({ journal, accounts, left, archived }: EndFacts): Violation[] {
  const newest = new Map(journal.map((entry) => [entry.person, entry]));
  const found = new Map<number, AccountEntry[]>();
  for (const account of accounts) {
    const person = accountNameOf(account.login)?.person ?? 0;
    found.set(person, [...(found.get(person) ?? []), account]);
  }
  return [
    ...left.map(({ id, subject, state, lane, words }) =>
      violation(`${id} "${subject}" is ${state}, its lane ${lane}. ${words}`.trimEnd()),
    ),
    ...journal
      .filter(({ requestId }) => !archived.has(requestId))
      .map(({ requestId, kind, person }) =>
        violation(`${kind} ${requestId} was acknowledged, and no operation of it has ended.`, person),
      ),
    ...[...newest.values()].flatMap((entry) => compare(entry, found.get(entry.person) ?? [])),
    ...[...found]
      .filter(([person]) => !newest.has(person))
      .flatMap(([, entries]) => entries)
      .map(({ login }) => violation(`${login} is in the directory, and nobody asked for it.`)),
  ];
}

function compare(
  { person, change, kind, wanted }: JournalEntry,
  found: readonly AccountEntry[],
): Violation[] {
  const wantedText = wanted === null ? 'no account' : textOf(wanted);
  const foundText = found.map(textOf).join(' and ') || 'no account';
  if (wantedText === foundText) return [];
  const story = `after change ${change} (${kind}) it must be ${wantedText}, and is ${foundText}.`;
  return [violation(story, person)];
}

function textOf({ login, title, mail }: AccountEntry): string {
  return `${login} with title ${title} and mail ${mail}`;
}

function violation(story: string, person?: number): Violation {
  return { invariant: 'I1', story, ...(person === undefined ? {} : { person }) };
}
