// What a target has to do with it that an operation waits: its hold, its breaker, its limits.
import { countText, type ExplainFacts, type Finding, laterOf } from './explain-facts.js';
import { ended, heldText } from './waiting.js';

export function holdFinding({ operation, target }: ExplainFacts, hold: string | null): Finding {
  const isOfTarget = hold === target.hold;
  const by = isOfTarget && target.heldBy !== null ? ` It was held by ${target.heldBy}.` : '';
  const would = operation.laneState === 'held' && operation.heldMessage ? ` ${operation.heldMessage}` : '';
  return {
    reason: 'held',
    text: `${heldText(hold, target)}${would}${by}`,
    since: isOfTarget ? target.heldAt : null,
    next: 'Once that is lifted it goes on where it was: an asynchronous system waits for its next run.',
    until: null,
  };
}

export function breakerFinding({ target }: ExplainFacts, now: Date): Finding {
  const until = target.breakerOpenUntil;
  const reason = target.breakerReason ? `: ${ended(target.breakerReason)}` : '.';
  const isOpen = until !== null && until > now;
  const who = target.prober ?? 'the next worker that has nothing of it in hand';
  return {
    reason: 'breaker',
    text: `The breaker of ${target.name} is open, because attempts failed one after the other${reason}`,
    since: null,
    next: isOpen
      ? `Then one attempt looks whether it is back: by ${who}.`
      : `One attempt looks whether it is back: ${target.prober === null ? 'the next worker that has nothing of it in hand' : `${who} has it`}. When it is, the others follow.`,
    until: isOpen ? until : null,
  };
}

/** Why something that is due has not been taken yet. */
export function placeFindings({ target, workers, operation }: ExplainFacts, now: Date): Finding[] {
  const found: Finding[] = [];
  const since = laterOf(operation.runAt, operation.createdAt);
  if (workers === 0) {
    found.push({
      reason: 'no-worker',
      text: 'No living process has the role worker.',
      since: null,
      next: 'Nothing, until one is started with PROVOST_ROLES=worker.',
      until: null,
    });
  }
  if (target.running >= target.concurrency) {
    found.push({
      reason: 'target-busy',
      text: `${target.name} takes ${target.concurrency} at the same time, and ${target.running} are in hand. ${countText(target.dueBefore, 'lane is', 'lanes are')} due before it.`,
      since,
      next: 'It is begun when a place is free and its turn has come.',
      until: null,
    });
  }
  if (target.ratePerSecond !== null && target.rateAllowsAt !== null && target.rateAllowsAt > now) {
    found.push({
      reason: 'rate-limit',
      text: `${target.name} takes ${target.ratePerSecond} a second. ${countText(target.dueBefore, 'lane is', 'lanes are')} due before it.`,
      since,
      next: 'It is begun when the rate allows it and its turn has come.',
      until: target.rateAllowsAt,
    });
  }
  return found;
}
