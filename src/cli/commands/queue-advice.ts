// What a person can do about an operation: pure, from why it waits.

export interface Advice {
  readonly sentence: string;
  /** Commands to type, each under what it does. */
  readonly commands: readonly (readonly [string, string])[];
}

/** `reason` is the API's one word for why it waits; null when it is finished. */
export function adviceFor(id: string, reason: string | null): Advice {
  const retry = ['Try it now', `provost queue retry ${id}`] as const;
  const cancel = ['Give it up', `provost queue cancel ${id} --reason TEXT`] as const;
  switch (reason) {
    case null:
      return { sentence: 'Nothing: it is finished.', commands: [] };
    case 'running':
      return { sentence: 'Nothing now: look again in a moment.', commands: [] };
    case 'due':
      return {
        sentence: "Nothing, when a worker runs: the service's /readyz says whether work moves.",
        commands: [cancel],
      };
    case 'behind':
      return { sentence: 'Look at the one it waits behind: retry or cancel that.', commands: [cancel] };
    case 'verification':
      return {
        sentence: 'Make the target reachable, so that it can be read.',
        commands: [['Read it now', retry[1]], cancel],
      };
    case 'provisioning-queue':
      return { sentence: 'Wait for the next run.', commands: [['Send it now', retry[1]], cancel] };
    case 'retry':
      return { sentence: 'Correct the cause and wait.', commands: [retry, cancel] };
    case 'held':
      return {
        sentence: 'Lift what holds it; the explanation says how.',
        commands: [['See how', `provost queue explain ${id}`], cancel],
      };
    case 'breaker':
      return {
        sentence: 'Make the target reachable; it is looked at again by itself.',
        commands: [retry, cancel],
      };
    case 'dependent':
      return {
        sentence: 'Look at what it waits for.',
        commands: [['See that', `provost queue explain ${id}`], ['Do not wait', retry[1]], cancel],
      };
    case 'person':
      return { sentence: 'Correct the cause, then try it again.', commands: [retry, cancel] };
    default:
      return { sentence: 'Read why it waits.', commands: [retry, cancel] };
  }
}
