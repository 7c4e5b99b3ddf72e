// Why an operation waits, completely: from the facts about it, its lane, its target and whoever opens its gate, to every
// reason there is, since when each holds, and what happens next.
import { countText, type ExplainFacts, type Finding, laterOf } from './explain-facts.js';
import { breakerFinding, holdFinding, placeFindings } from './explain-target.js';
import { toOperationId } from './operation-id.js';
import type { ArchivedState } from './operation-state.js';
import { closedText, ended, explainWait, isShut, type Wait } from './waiting.js';

export function explain(facts: ExplainFacts, now: Date): Finding[] {
  const { operation, target } = facts;
  const wait = explainWait(operation, now);
  const first = mainFinding(facts, wait, now);
  if (wait.reason === 'behind' || wait.reason === 'running') return [first];
  const also: Finding[] = [];
  if (isShut(target.hold) && wait.reason !== 'held') also.push(holdFinding(facts, target.hold));
  if (isShut(target.hold) && operation.laneState !== 'held') also.push(...gateFindings(facts, now));
  if (target.breakerOpenUntil !== null && wait.reason !== 'breaker') also.push(breakerFinding(facts, now));
  if (wait.reason === 'due' || (wait.reason === 'verification' && operation.runAt <= now))
    also.push(...placeFindings(facts, now));
  return [first, ...also];
}

function mainFinding(facts: ExplainFacts, wait: Wait, now: Date): Finding {
  const { operation, target } = facts;
  const { createdAt, lastAttemptAt } = operation;
  switch (wait.reason) {
    case 'behind':
      return {
        ...wait,
        text: `${wait.text} ${countText(operation.before, 'operation stands', 'operations stand')} before it. ${headText(facts)}`,
        since: createdAt,
        next: 'It moves up when what stands before it has ended.',
      };
    case 'running':
      return runningFinding(facts, now);
    case 'held':
      return holdFinding(facts, operation.laneState === 'held' ? operation.laneHold : target.hold);
    case 'breaker':
      return breakerFinding(facts, now);
    case 'dependent':
      return dependentFinding(facts, wait);
    case 'person':
      return {
        ...wait,
        since: lastAttemptAt,
        next: 'Nothing by itself, but for a newer change of its lane or of the settings of its target.',
      };
    case 'provisioning-queue':
    case 'retry':
      return gateFinding(facts, wait, now);
    case 'verification':
      return {
        ...wait,
        since: lastAttemptAt,
        next: 'The target is read: what arrived is done, what did not is sent.',
      };
    case 'due':
      return { ...wait, since: laterOf(operation.runAt, createdAt), next: 'A worker begins it.' };
  }
}

function headText({ head, operation }: ExplainFacts): string {
  if (head === null) return '';
  return `Of ${toOperationId({ laneId: operation.laneId, seq: operation.headSeq })}: ${head.text}`;
}

function runningFinding({ executor, sentAt, operation }: ExplainFacts, now: Date): Finding {
  const next =
    'Its outcome is stored when the attempt ends. If its process dies, another one takes it over once its lease has run out.';
  if (executor === null)
    return { reason: 'running', text: 'A worker has it in hand.', since: sentAt, next, until: null };
  const beat = Math.max(0, Math.round((now.getTime() - executor.beatAt.getTime()) / 1_000));
  const living = executor.isDead
    ? 'is declared dead: the next rescue frees the lane'
    : `was last heard of ${beat} s ago`;
  const sent =
    sentAt === null
      ? `It has announced nothing to send yet; it was due since ${operation.runAt.toISOString()}.`
      : `It announced at ${sentAt.toISOString()} what it sends.`;
  return {
    reason: 'running',
    text: `Executor ${executor.id} (process ${executor.pid} on ${executor.node}) has it in hand and ${living}. ${sent}`,
    since: sentAt,
    next,
    until: null,
  };
}

function dependentFinding({ operation, awaited }: ExplainFacts, wait: Wait): Finding {
  const since = operation.createdAt;
  const next = 'It is opened by the end of that, whatever that end is; a sweep looks every five seconds.';
  if (awaited === null) return { ...wait, since, next };
  const open =
    awaited.open === null ? '' : ` ${countText(awaited.open, 'is', 'are')} open of “${awaited.subject}”.`;
  const one =
    awaited.id === null
      ? ''
      : ` ${awaited.open === null ? 'That is' : 'One is'} ${awaited.id}${awaited.open === null ? ` (${awaited.subject})` : ''}: ${awaited.wait?.text ?? 'it has ended.'}`;
  return { ...wait, text: `${wait.text}${open}${one}`, since, next };
}

function gateFindings(facts: ExplainFacts, now: Date): Finding[] {
  const { operation } = facts;
  if (operation.laneState !== 'gated-async' && operation.laneState !== 'gated-retry') return [];
  // As it would be without the hold.
  const open = { ...operation, target: { ...operation.target, hold: null } };
  return [gateFinding(facts, explainWait(open, now), now)];
}

function gateFinding({ operation }: ExplainFacts, wait: Wait, now: Date): Finding {
  const { keeper, runAt, createdAt, lastAttemptAt } = operation;
  const since = wait.reason === 'retry' ? lastAttemptAt : createdAt;
  const closed = keeper && closedText(keeper);
  if (closed !== undefined) return { ...wait, since, next: `Nothing: ${closed}` };
  if (wait.reason === 'provisioning-queue')
    return { ...wait, since, next: 'That run admits what was accepted before it, and a worker begins it.' };
  const nextRun =
    keeper?.nextAt && runAt <= now ? `${keeper.name} runs at ${keeper.nextAt.toISOString()}: ` : '';
  return { ...wait, since, next: `${nextRun}It is attempted again, and computed anew.` };
}

export interface EndedFacts {
  readonly state: ArchivedState;
  readonly finishedAt: Date;
  readonly result: string;
  /** The operation that replaced it. */
  readonly supersededBy: { readonly id: string; readonly standing: string } | null;
}

/** Why a finished operation does not move. */
export function explainEnd({ state, finishedAt, result, supersededBy }: EndedFacts): Finding {
  const replaced =
    supersededBy === null
      ? ''
      : ` What it would have done is part of ${supersededBy.id}: ${supersededBy.standing}`;
  return {
    reason: 'ended',
    text: `It ended as ${state}: ${ended(result)}${replaced}`,
    since: finishedAt,
    next: 'Nothing: it is finished.',
    until: null,
  };
}
