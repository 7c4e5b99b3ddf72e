// What a person can do about an operation: pure, from why it waits.

/** Sentences with the commands to type; `reason` is the API's one word, null when it is finished. */
export function adviceFor(id: string, reason: string | null): string {
  const retry = `provost queue retry ${id}`;
  const cancel = `provost queue cancel ${id} --reason TEXT`;
  switch (reason) {
    case null:
      return 'Nothing: it is finished.';
    case 'running':
      return 'Nothing now: look again in a moment.';
    case 'due':
      return `Nothing, when a worker runs: the service's /readyz says whether work moves. To give it up: ${cancel}`;
    case 'behind':
      return `Look at the operation it waits behind: retry or cancel that one. To give this one up: ${cancel}`;
    case 'verification':
      return `Make the target reachable, so that it can be read. To read it now: ${retry}. To give it up: ${cancel}`;
    case 'provisioning-queue':
      return `Wait for the next run. To send it now: ${retry}. To give it up: ${cancel}`;
    case 'retry':
      return `Correct the cause and wait. To try it now: ${retry}. To give it up: ${cancel}`;
    case 'person':
      return `Correct the cause, then: ${retry}. To give it up: ${cancel}`;
    default:
      return `To try it now: ${retry}. To give it up: ${cancel}`;
  }
}
