// The kinds of operation of the simulated world: each keeps the rules that the kinds of the product keep.
import { z } from 'zod';
import type { Outcome } from '../../../src/queue/index.js';
import type { Attempt, NewOperation, OperationKind } from '../../../src/queue/operation-kind.js';
import { OperationKinds } from '../../../src/queue/operation-kinds.js';
import { DATABASE_TARGET } from '../../../src/queue/target.js';
import type { Chaos } from '../engine/chaos.js';
import type { SimulatedProcess } from '../engine/simulated-process.js';
import { keyOf } from '../model/tables.js';
import type { Journal } from './journal.js';
import { type Change, type SimulatedSystem, SystemError } from './simulated-system.js';
import type { Story } from './story.js';

export const NOTICES_TARGET = 2;
export const PROMPT_TARGET = 3;
export const SLOW_TARGET = 4;

const accountPayload = z.strictObject({
  note: z.string(),
  account: z.string(),
  verb: z.enum(['append', 'match', 'delete']),
});
const decisionPayload = z.strictObject({ note: z.string(), accounts: z.array(z.string()) });
const notePayload = z.strictObject({ note: z.string() });

export interface World {
  readonly chaos: Chaos;
  readonly story: Story;
  readonly journal: Journal;
  readonly systems: ReadonlyMap<number, SimulatedSystem>;
  /** The newest state of every account, as the registry has it. */
  readonly versions: Map<string, number>;
  /** False: a change is sent again without a look at what stands there. */
  readonly readsBack: boolean;
}

/** What a process can do; the same in every process. */
export function kindsOf(world: World, process: SimulatedProcess): OperationKinds {
  const kinds = new OperationKinds();
  kinds.register(accountKind(world, process));
  kinds.register(decisionKind(world, process));
  kinds.register(noticeKind(world, process));
  kinds.register(followKind(world, process));
  kinds.register(poisonKind(world, process));
  return kinds;
}

/** Ends of operations that only the schedule decides are left out of the kinds' own rules. */
const NOBODY = { name: 'nobody', requestId: null };

export function accountOperation(
  note: string,
  account: string,
  verb: z.infer<typeof accountPayload>['verb'],
): NewOperation {
  return {
    lane: `account:${account}`,
    targetId: targetOf(account),
    kind: 'account',
    subject: `${verb} ${account}`,
    payload: { note, account, verb },
    actor: NOBODY,
    ...(verb === 'match' ? { supersession: 'state' as const } : {}),
    ...(verb === 'delete' ? { supersession: 'end' as const } : {}),
  };
}

export function decision(note: string, lane: string, accounts: readonly string[]): NewOperation {
  return {
    lane: `decision:${lane}`,
    targetId: DATABASE_TARGET,
    kind: 'decision',
    subject: `decide about ${accounts.join(', ')}`,
    payload: { note, accounts },
    actor: NOBODY,
  };
}

export function single(kind: 'notice' | 'follow' | 'poison', note: string): NewOperation {
  return {
    lane: `${kind}:${note}`,
    targetId: kind === 'notice' ? NOTICES_TARGET : DATABASE_TARGET,
    kind,
    subject: kind,
    payload: { note },
    actor: NOBODY,
    isSingleUse: kind !== 'poison',
  };
}

export function targetOf(account: string): number {
  return account.startsWith('p') ? PROMPT_TARGET : SLOW_TARGET;
}

function accountKind(world: World, process: SimulatedProcess): OperationKind<z.infer<typeof accountPayload>> {
  const { journal, systems } = world;
  return {
    kind: 'account',
    payload: accountPayload,
    whenExhausted: 'park',
    retryGate: 'retry-tick',
    run: async (attempt) => {
      journal.onBegun(process, attempt.operation);
      const system = systems.get(targetOf(attempt.operation.payload.account));
      if (!system) return { kind: 'permanent', code: 'no-system', message: 'There is no such system.' };
      try {
        return await matchAccount(world, process, attempt, system);
      } catch (error) {
        if (!(error instanceof SystemError)) throw error;
        if (error.kind === 'permanent' || error.kind === 'conflict') journal.onRefused(attempt.operation);
        return { kind: error.kind, code: error.code, message: error.message, sign: error.sign };
      }
    },
  };
}

/** Read, compare, store the intent, send: as src/provisioning does it. */
async function matchAccount(
  world: World,
  process: SimulatedProcess,
  attempt: Attempt<z.infer<typeof accountPayload>>,
  system: SimulatedSystem,
): Promise<Outcome> {
  const { account, verb, note } = attempt.operation.payload;
  const key = keyOf(attempt.operation);
  const found = world.readsBack ? await system.read(process, account, attempt.signal) : null;
  const wanted = world.versions.get(account) ?? 0;
  const isThere =
    found !== null &&
    { append: found.log.includes(note), match: found.version === wanted, delete: found.version === null }[
      verb
    ];
  if (isThere) {
    const intents = await attempt.unsettledIntents();
    const isKnown = intents.some(({ isOwn, identifier }) => isOwn && identifier === note);
    // Whoever was frozen and lost the lane may look after all is over.
    if (verb === 'append' && !isKnown && world.journal.isOwner(process, attempt.operation))
      world.story.break('read back', key, `${key} is there already, and no intent of it is known`);
    return { kind: 'executed', summary: 'it was there already' };
  }
  if (world.chaos.strikes('handler-throws')) throw new Error('a fault of the handler');
  await attempt.intend({ action: verb, identifier: note, digests: {} });
  const change: Change =
    verb === 'append' ? { verb, entry: note } : verb === 'match' ? { verb, version: wanted } : { verb };
  await system.write(process, { account, operation: key, change }, attempt.signal);
  return { kind: 'executed', summary: 'sent' };
}

function decisionKind(
  { journal, chaos }: World,
  process: SimulatedProcess,
): OperationKind<z.infer<typeof decisionPayload>> {
  return {
    kind: 'decision',
    payload: decisionPayload,
    whenExhausted: 'park',
    retryGate: 'claim',
    run: async ({ operation }) => {
      journal.onBegun(process, operation);
      const { note, accounts } = operation.payload;
      return {
        kind: 'executed',
        summary: 'decided',
        settle: async (_transaction, enqueue) => {
          for (const [index, account] of accounts.entries())
            enqueue(accountOperation(`${note}/${index + 1}`, account, 'append'));
          if (chaos.strikes('handler-throws')) throw new Error('a fault of the handler');
        },
      };
    },
  };
}

function noticeKind(
  { journal, systems }: World,
  process: SimulatedProcess,
): OperationKind<z.infer<typeof notePayload>> {
  return {
    kind: 'notice',
    payload: notePayload,
    whenExhausted: 'end',
    retryGate: 'claim',
    run: async ({ operation, signal }) => {
      journal.onBegun(process, operation);
      try {
        // Its reply is all that counts: to send a notice again does no harm.
        await systems.get(NOTICES_TARGET)?.read(process, operation.payload.note, signal);
        return { kind: 'executed', summary: 'sent' };
      } catch (error) {
        if (!(error instanceof SystemError)) throw error;
        return { kind: error.kind, code: error.code, message: error.message, sign: error.sign };
      }
    },
  };
}

function followKind(
  { journal }: World,
  process: SimulatedProcess,
): OperationKind<z.infer<typeof notePayload>> {
  return {
    kind: 'follow',
    payload: notePayload,
    whenExhausted: 'park',
    retryGate: 'claim',
    run: async ({ operation }) => {
      journal.onBegun(process, operation);
      return { kind: 'executed', summary: 'followed' };
    },
  };
}

/** Whoever runs it dies. */
function poisonKind(
  { journal, story }: World,
  process: SimulatedProcess,
): OperationKind<z.infer<typeof notePayload>> {
  return {
    kind: 'poison',
    payload: notePayload,
    whenExhausted: 'park',
    retryGate: 'claim',
    run: async ({ operation }) => {
      journal.onBegun(process, operation);
      await process.clock.pause(20);
      story.tell(null, () => `${process.name} dies of ${keyOf(operation)}`);
      process.crash();
      return new Promise<never>(() => undefined);
    },
  };
}
