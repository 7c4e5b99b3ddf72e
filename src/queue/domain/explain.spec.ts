import { describe, expect, it } from '@jest/globals';
import { explain, explainEnd } from './explain.js';
import { actionsOf } from './explain-actions.js';
import type { ExplainFacts } from './explain-facts.js';

const now = new Date('2027-01-05T09:00:00Z');
const before = new Date('2027-01-05T08:55:00Z');
const later = new Date('2027-01-05T09:05:00Z');
const keeper = { name: 'Ticks', isPaused: false, nextAt: later, hasScheduler: true };
const target = {
  id: 3,
  name: 'system:One',
  hold: null,
  holdReason: null,
  heldAt: null,
  heldBy: null,
  breakerOpenUntil: null,
  breakerReason: null,
  prober: null,
  concurrency: 2,
  running: 0,
  ratePerSecond: null,
  rateAllowsAt: null,
  dueBefore: 0,
};
const executor = { id: 12, node: 'idm1', pid: 4711, beatAt: before, isDead: false };

type Change = Omit<Partial<ExplainFacts>, 'operation' | 'target'> & {
  readonly operation?: Partial<ExplainFacts['operation']>;
  readonly target?: Partial<ExplainFacts['target']>;
};

function facts({ operation, target: ofTarget, ...rest }: Change): ExplainFacts {
  const changed = { ...target, ...ofTarget };
  return {
    operation: {
      laneId: 4,
      seq: 7,
      headSeq: 7,
      state: 'CREATED',
      laneState: 'ready',
      laneHold: null,
      runAt: before,
      lastMessage: null,
      target: changed,
      awaits: null,
      keeper: undefined,
      createdAt: before,
      lastAttemptAt: null,
      heldMessage: null,
      before: 0,
      ...operation,
    },
    target: changed,
    head: null,
    executor: null,
    sentAt: null,
    awaited: null,
    workers: 1,
    ...rest,
  };
}

const failed = { state: 'FAILED', lastMessage: 'no such object', lastAttemptAt: before } as const;
const maintenance = { hold: 'maintenance', holdReason: 'new disks', heldAt: before, heldBy: 'local:anna' };
const isOpen = { breakerOpenUntil: later, breakerReason: 'ECONNREFUSED' };

interface Row {
  readonly change: Change;
  /** Reason, words of the reason, since, until: of each finding in order. */
  readonly finds: readonly (readonly [string, RegExp, Date | null, Date | null])[];
  /** Commands, without `provost `. */
  readonly offers: readonly string[];
}

const give = ['queue cancel o4-7 --reason TEXT'];
const tryOrGive = ['queue retry o4-7', ...give];

const ROWS: Readonly<Record<string, Row>> = {
  'behind another, whose reason is told too': {
    change: {
      operation: { headSeq: 5, before: 2 },
      head: { reason: 'person', text: 'The last attempt failed: full.', until: null },
    },
    finds: [
      [
        'behind',
        /behind o4-5.*2 operations stand before it\. Of o4-5: The last attempt failed: full\./,
        before,
        null,
      ],
    ],
    offers: ['queue explain o4-5', ...give],
  },
  'in hand, and sending': {
    change: { operation: { laneState: 'leased' }, executor, sentAt: before },
    finds: [
      [
        'running',
        /Executor 12 \(process 4711 on idm1\).*300 s ago.*announced at 2027-01-05T08:55/,
        before,
        null,
      ],
    ],
    offers: [],
  },
  'in hand of a process that was declared dead': {
    change: { operation: { laneState: 'leased' }, executor: { ...executor, isDead: true } },
    finds: [['running', /declared dead.*nothing to send yet/, null, null]],
    offers: [],
  },
  'due, with a free worker': {
    change: {},
    finds: [['due', /next free worker/, before, null]],
    offers: tryOrGive,
  },
  'due, and nobody works': {
    change: { workers: 0 },
    finds: [
      ['due', /./, before, null],
      ['no-worker', /role worker/, null, null],
    ],
    offers: tryOrGive,
  },
  'due, and the places of its target are used up': {
    change: { target: { running: 2, dueBefore: 1 } },
    finds: [
      ['due', /./, before, null],
      ['target-busy', /takes 2 at the same time, and 2 are in hand\. 1 lane is due before it/, before, null],
    ],
    offers: tryOrGive,
  },
  'due, and the rate of its target is used up': {
    change: { target: { ratePerSecond: 0.5, rateAllowsAt: later } },
    finds: [
      ['due', /./, before, null],
      ['rate-limit', /takes 0\.5 a second/, before, later],
    ],
    offers: tryOrGive,
  },
  'behind a breaker that is open': {
    change: { target: isOpen },
    finds: [['breaker', /ECONNREFUSED\.$/, null, later]],
    offers: tryOrGive,
  },
  'behind a breaker that somebody tries to close': {
    change: { target: { ...isOpen, breakerOpenUntil: before, prober: 'executor 12 on idm1' } },
    finds: [['breaker', /ECONNREFUSED/, null, null]],
    offers: tryOrGive,
  },
  'held by its target, with what it would have done': {
    change: {
      operation: {
        state: 'NOT_EXECUTED',
        laneState: 'held',
        laneHold: 'readonly',
        heldMessage: 'update uid=anna was not sent.',
      },
      target: { ...maintenance, hold: 'readonly' },
    },
    finds: [
      [
        'held',
        /read-only.*\(new disks\).*update uid=anna was not sent\. It was held by local:anna/,
        before,
        null,
      ],
    ],
    offers: ['queue lift 3', ...give],
  },
  'held after a restore': {
    change: { operation: { laneState: 'held', laneHold: 'restored' }, target: { hold: 'restored' } },
    finds: [['held', /restored from a backup/, null, null]],
    offers: ['queue release --reason TEXT', ...give],
  },
  'over the limit on mass change': {
    change: { operation: { state: 'BLOCKED', laneState: 'held', laneHold: 'break' } },
    finds: [['held', /limit on mass change/, null, null]],
    offers: tryOrGive,
  },
  'for the run of an asynchronous system': {
    change: { operation: { laneState: 'gated-async', keeper } },
    finds: [['provisioning-queue', /next run of Ticks/, before, later]],
    offers: ['schedule run Ticks', ...tryOrGive],
  },
  'for a run that is paused': {
    change: { operation: { laneState: 'gated-async', keeper: { ...keeper, isPaused: true } } },
    finds: [['provisioning-queue', /Ticks is paused/, before, null]],
    offers: ['schedule resume Ticks', ...tryOrGive],
  },
  'for a run that nobody is there to do': {
    change: { operation: { laneState: 'gated-async', keeper: { ...keeper, hasScheduler: false } } },
    finds: [['provisioning-queue', /no living process has the role scheduler/, before, null]],
    offers: ['schedule run Ticks', ...tryOrGive],
  },
  'for a run, on a target that is held too': {
    change: { operation: { laneState: 'gated-async', keeper }, target: maintenance },
    finds: [
      ['held', /in maintenance/, before, null],
      ['provisioning-queue', /next run of Ticks/, before, later],
    ],
    offers: ['queue lift 3', 'schedule run Ticks', ...tryOrGive],
  },
  'for its next attempt': {
    change: { operation: { ...failed, laneState: 'gated-retry', runAt: later, keeper } },
    finds: [['retry', /no such object\. Ticks tries it again/, before, later]],
    offers: ['schedule run Ticks', ...tryOrGive],
  },
  'for its next attempt, which the claim takes': {
    change: { operation: { ...failed, runAt: later } },
    finds: [['retry', /tried again by itself/, before, later]],
    offers: tryOrGive,
  },
  'for its verification': {
    change: { operation: { ...failed, state: 'UNKNOWN', runAt: later } },
    finds: [['verification', /effect is not known/, before, later]],
    offers: [...tryOrGive, 'queue confirm o4-7 --reason TEXT'],
  },
  'for another operation': {
    change: {
      operation: { laneState: 'dependent', awaits: { kind: 'operation', id: 'o2-1' } },
      awaited: {
        id: 'o2-1',
        subject: 'create the parent',
        open: null,
        wait: { reason: 'due', text: 'It is due.', until: null },
      },
    },
    finds: [
      ['dependent', /when o2-1 has ended\. That is o2-1 \(create the parent\): It is due\./, before, null],
    ],
    offers: ['queue explain o2-1', ...tryOrGive],
  },
  'for a group': {
    change: {
      operation: { laneState: 'dependent', awaits: { kind: 'group', id: 9 } },
      awaited: {
        id: 'o2-1',
        subject: 'everybody',
        open: 4,
        wait: { reason: 'due', text: 'It is due.', until: null },
      },
    },
    finds: [['dependent', /group 9.*4 are open of “everybody”\. One is o2-1: It is due\./, before, null]],
    offers: ['queue explain o2-1', ...tryOrGive],
  },
  'for a person, and its target is held and away': {
    change: { operation: { ...failed, laneState: 'parked' }, target: { ...maintenance, ...isOpen } },
    finds: [
      ['person', /no such object/, before, null],
      ['held', /in maintenance \(new disks\)/, before, null],
      ['breaker', /ECONNREFUSED/, null, later],
    ],
    offers: ['queue lift 3', ...tryOrGive],
  },
  'for a person': {
    change: { operation: { ...failed, laneState: 'parked' } },
    finds: [['person', /no such object\. It is not tried again by itself/, before, null]],
    offers: tryOrGive,
  },
};

describe('what is said of an operation that waits', () => {
  it.each(Object.entries(ROWS))('%s', (_, { change, finds, offers }) => {
    const known = facts(change);
    expect(explain(known, now).map(({ reason, text, since, until }) => [reason, text, since, until])).toEqual(
      finds.map(([reason, words, since, until]) => [reason, expect.stringMatching(words), since, until]),
    );
    expect(actionsOf(known, { handedSeq: 7, lastSeq: 7 }).map(({ command }) => command)).toEqual(
      offers.map((command) => `provost ${command}`),
    );
  });

  it('names who looks whether the target is back', () => {
    const next = (change: Partial<ExplainFacts['target']>): string | undefined =>
      explain(facts({ target: { ...isOpen, ...change } }), now)[0]?.next;
    expect(next({})).toContain('the next worker');
    expect(next({ prober: 'executor 12 on idm1', breakerOpenUntil: before })).toContain(
      'executor 12 on idm1 has it',
    );
  });

  it('says when failed ones are looked at next, once their time has come', () => {
    const operation = { ...failed, laneState: 'gated-retry', runAt: before, keeper } as const;
    expect(explain(facts({ operation }), now)[0]?.next).toContain('Ticks runs at 2027-01-05T09:05:00.000Z');
  });

  it('offers to cancel what stands behind it', () => {
    const commands = actionsOf(facts({}), { handedSeq: 7, lastSeq: 9 }).map(({ command }) => command);
    expect(commands).toContain('provost queue cancel-behind o4-7 --reason TEXT');
  });
});

describe('what is said of an operation that has ended', () => {
  it('is how it ended, and what replaced it', () => {
    const end = { state: 'SUPERSEDED', finishedAt: before, result: 'Superseded by o4-9' } as const;
    const supersededBy = { id: 'o4-9', standing: 'it ended as EXECUTED.' };
    expect(explainEnd({ ...end, supersededBy })).toMatchObject({
      reason: 'ended',
      text: 'It ended as SUPERSEDED: Superseded by o4-9. What it would have done is part of o4-9: it ended as EXECUTED.',
      since: before,
    });
    expect(explainEnd({ ...end, supersededBy: null }).text).toBe(
      'It ended as SUPERSEDED: Superseded by o4-9.',
    );
  });
});
