// What may happen to a store, as data that fast-check makes and shortens.
import {
  type Arbitrary,
  array,
  boolean,
  constant,
  constantFrom,
  integer,
  nat,
  oneof,
  option,
  record,
} from 'fast-check';
import type { Failure } from '../../../src/queue/domain/outcome.js';
import type { NewOperation } from '../../../src/queue/operation-kind.js';
import type { TargetHold } from '../../../src/queue/target.js';
import type { EndedAttempt } from '../../../src/queue/worker/claimed-operation.js';
import { HOUR_MS, type Pair, type Twin } from './twin.js';

const number = nat({ max: 1_000 });

const operation = record({
  lane: nat({ max: 4 }),
  supersession: constantFrom(undefined, 'state' as const, 'state' as const, 'end' as const),
  isUrgent: boolean(),
  group: option(number, { freq: 3 }),
  waits: option(number, { freq: 6 }),
  waitsForGroup: option(number, { freq: 8 }),
  hasFailed: nat({ max: 9 }).map((drawn) => drawn === 0),
});

type OperationDraft = typeof operation extends Arbitrary<infer Draft> ? Draft : never;

const outcome = constantFrom(
  'executed',
  'executed',
  'parent',
  'transient',
  'unknown',
  'permanent',
  'readonly',
);

export const command = oneof(
  {
    weight: 8,
    arbitrary: record({
      do: constant('enqueue'),
      operations: array(operation, { minLength: 1, maxLength: 3 }),
    }),
  },
  { weight: 1, arbitrary: record({ do: constant('open-group') }) },
  { weight: 2, arbitrary: record({ do: constant('register') }) },
  {
    weight: 1,
    arbitrary: record({ do: constantFrom('retire', 'beat', 'look', 'probe'), executor: number }),
  },
  {
    weight: 8,
    arbitrary: record({
      do: constant('claim'),
      executor: number,
      free: integer({ min: 1, max: 4 }),
      turn: constantFrom(1, 2, 16),
      priorities: constantFrom([0, 1], [1, 0], [2]),
    }),
  },
  { weight: 3, arbitrary: record({ do: constantFrom('intend', 'release'), lease: number }) },
  {
    weight: 8,
    arbitrary: record({
      do: constant('settle'),
      lease: number,
      count: integer({ min: 1, max: 3 }),
      outcome,
    }),
  },
  { weight: 3, arbitrary: record({ do: constantFrom('rescue', 'sweep', 'tick', 'wait') }) },
  {
    weight: 3,
    arbitrary: record({ do: constantFrom('retry', 'cancel', 'confirm', 'unsettled'), place: number }),
  },
  {
    weight: 1,
    arbitrary: record({ do: constant('mode'), target: number, isAsynchronous: boolean() }),
  },
  {
    weight: 2,
    arbitrary: record({
      do: constant('hold'),
      target: number,
      hold: constantFrom<TargetHold | null>(null, null, 'disabled', 'maintenance', 'readonly', 'restored'),
    }),
  },
  {
    weight: 1,
    arbitrary: record({
      do: constantFrom('trip', 'close'),
      executor: number,
      target: number,
      isLong: boolean(),
    }),
  },
);

export type Command = typeof command extends Arbitrary<infer Made> ? Made : never;

/** Numbers of a command stand for whatever is there: the third of two is the first. */
function among<Item>(items: readonly Item[], index: number): Item | undefined {
  return items[index % Math.max(1, items.length)];
}

export async function carryOut(twin: Twin, made: Command): Promise<void> {
  switch (made.do) {
    case 'enqueue':
      if ('operations' in made) await enqueue(twin, made.operations);
      break;
    case 'open-group':
      await twin.openGroup();
      break;
    case 'register':
      await twin.register();
      break;
    case 'rescue':
      await twin.rescue();
      break;
    case 'sweep':
      await twin.sweep();
      break;
    case 'tick':
      await twin.tick();
      break;
    case 'wait':
      await twin.wait();
      break;
    default:
      await carryOutOn(twin, made);
  }
  await twin.compare();
}

async function carryOutOn(twin: Twin, made: Command): Promise<void> {
  const target = 'target' in made ? (among(twin.targets, made.target) ?? 0) : 0;
  if ('executor' in made) {
    const executor = among(twin.executors, made.executor);
    if (executor) await asExecutor(twin, executor, made, target);
  } else if ('lease' in made) {
    const lease = among(twin.leases, made.lease);
    if (!lease) return;
    if (made.do === 'intend') await twin.intend(lease);
    else if (made.do === 'release') await twin.release(lease);
    else if ('outcome' in made) {
      const rest = twin.leases.filter((one) => one !== lease).slice(0, made.count - 1);
      await twin.settle([lease, ...rest], () => resultOf(made.outcome));
    }
  } else if ('place' in made) {
    const place = among(twin.waiting(), made.place);
    if (!place) return;
    if (made.do === 'unsettled') await twin.unsettledIntents(place);
    else await twin.move(made.do, place);
  } else if ('isAsynchronous' in made) {
    const mode = made.isAsynchronous ? 'asynchronous' : 'synchronous';
    if (twin.tables.target(target).mode !== mode) await twin.setMode(target, mode);
  } else if ('hold' in made) await twin.setHold(target, made.hold);
}

async function asExecutor(twin: Twin, executor: Pair, made: Command, target: number): Promise<void> {
  if ('free' in made) await twin.claim(executor, made);
  else if (made.do === 'retire') await twin.retire(executor);
  else if (made.do === 'beat') await twin.beat(executor);
  else if (made.do === 'look') await twin.look(executor);
  else if (made.do === 'probe') await twin.probe(executor);
  else if (made.do === 'close') await twin.closeBreaker(executor, target);
  else if ('isLong' in made) await twin.trip(executor, target, made.isLong ? HOUR_MS : 0);
}

async function enqueue(twin: Twin, drafts: readonly OperationDraft[]): Promise<void> {
  const waiting = twin.waiting();
  await twin.enqueue((side) =>
    drafts.map((draft): NewOperation => {
      const key = `lane:${draft.lane}`;
      const made = aChild(key, twin.targets[draft.lane % twin.targets.length] ?? 0);
      const group = draft.group === null ? undefined : among(twin.groups, draft.group);
      const followed = draft.waitsForGroup === null ? undefined : among(twin.groups, draft.waitsForGroup);
      const awaited = draft.waits === null ? undefined : among(waiting, draft.waits);
      return {
        ...made,
        ...(draft.supersession ? { supersession: draft.supersession } : {}),
        ...(draft.isUrgent ? { priority: 'urgent' as const } : {}),
        ...(group ? { groups: [group[side]] } : {}),
        ...(followed
          ? { waitsFor: { group: followed[side] } }
          : awaited && awaited.key !== key
            ? { waitsFor: { laneId: twin.laneId(side, awaited.key), seq: awaited.seq } }
            : {}),
        ...(draft.hasFailed
          ? { failure: { kind: 'permanent', code: 'no-value', message: 'No value.' } }
          : {}),
      };
    }),
  );
}

function aChild(lane: string, targetId: number): NewOperation {
  return {
    lane,
    targetId,
    kind: 'note',
    subject: 'a note',
    payload: { note: lane },
    actor: { name: 'test', requestId: null },
    isSingleUse: lane.endsWith('4'),
  };
}

function resultOf(made: string): EndedAttempt['result'] {
  switch (made) {
    case 'executed':
      return { kind: 'executed', summary: 'done' };
    case 'parent':
      return {
        kind: 'executed',
        summary: 'decided',
        settle: async (_transaction, enqueueChild) => {
          enqueueChild({ ...aChild('child:1', 1), isSingleUse: false });
          enqueueChild({ ...aChild('child:2', 1), isSingleUse: false });
        },
      };
    case 'readonly':
      return { kind: 'held', reason: 'readonly', message: 'The target is read-only.' };
    default:
      return { kind: made as Failure['kind'], code: made, message: 'It failed.' };
  }
}
