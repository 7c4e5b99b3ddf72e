// Why an operation cannot be moved, in words.
import type { MovableOperation, MoveRefusal } from '../domain/moves.js';
import { type OperationRef, toOperationId } from '../domain/operation-id.js';
import { queueProblems } from '../queue.problems.js';

export function moveProblem(
  why: MoveRefusal,
  ref: OperationRef,
  { headSeq, state, targetName }: MovableOperation & { readonly targetName: string },
): Error {
  const id = toOperationId(ref);
  switch (why) {
    case 'running':
      return queueProblems.operationRunning(
        `${id}, or what stands behind it, is in a worker's hands. Look again in a moment.`,
      );
    case 'waits-behind':
      return queueProblems.operationWaitsBehind(
        `${id} waits behind ${toOperationId({ laneId: ref.laneId, seq: headSeq })}. Move that one: changes of one account arrive in order.`,
      );
    case 'held-by-target':
      return queueProblems.operationHeld(
        `${targetName} holds ${id} back. Lift that hold, and it goes on by itself.`,
      );
    case 'not-unknown':
      return queueProblems.operationNotUnknown(
        `${id} is ${state}: it is known to have had no effect. Only an UNKNOWN one can be confirmed.`,
      );
    case 'nothing-behind':
      return queueProblems.nothingBehind(`Nothing stands behind ${id} in its lane.`);
  }
}
