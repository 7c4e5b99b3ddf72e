// What a person can do about a waiting operation: each with the call and the command that does it.
import type { ExplainFacts } from './explain-facts.js';
import { type MovableOperation, type Move, MOVES, refusalOf } from './moves.js';
import { toOperationId } from './operation-id.js';
import { isShut } from './waiting.js';

export interface Action {
  /** What it does. */
  readonly text: string;
  /** `POST /api/v1/…` */
  readonly call: string;
  readonly command: string;
}

const MOVE_ACTIONS: Readonly<
  Record<Move, { readonly text: string; readonly route: string; readonly command: string }>
> = {
  retry: { text: 'Try it now.', route: 'retries', command: 'retry ID' },
  cancel: {
    text: 'End it without executing it; what stands behind it moves up.',
    route: 'cancellation',
    command: 'cancel ID --reason TEXT',
  },
  'cancel-behind': {
    text: 'End everything that stands behind it.',
    route: 'cancellation-behind',
    command: 'cancel-behind ID --reason TEXT',
  },
  confirm: {
    text: 'Say that it is executed, because you have looked.',
    route: 'confirmation',
    command: 'confirm ID --reason TEXT',
  },
};

export function actionsOf(
  facts: ExplainFacts,
  movable: Omit<MovableOperation, 'seq' | 'state' | 'laneState' | 'laneHold' | 'headSeq'>,
): Action[] {
  const { operation } = facts;
  const id = toOperationId(operation);
  const moves = MOVES.filter((move) => refusalOf(move, { ...operation, ...movable }) === null).map((move) => {
    const { text, route, command } = MOVE_ACTIONS[move];
    return {
      text,
      call: `POST /api/v1/operations/${id}/${route}`,
      command: `provost queue ${command.replace('ID', id)}`,
    };
  });
  return [...lookAction(facts), ...holdAction(facts), ...gateAction(facts), ...moves];
}

/** What stands in its way is an operation: look at that one. */
export function lookAt(id: string): Action {
  return {
    text: `See why ${id} waits.`,
    call: `GET /api/v1/operations/${id}/explain`,
    command: `provost queue explain ${id}`,
  };
}

function lookAction({ operation, awaited }: ExplainFacts): Action[] {
  const { laneId, seq, headSeq } = operation;
  if (seq > headSeq) return [lookAt(toOperationId({ laneId, seq: headSeq }))];
  const id = operation.laneState === 'dependent' ? (awaited?.id ?? null) : null;
  return id === null ? [] : [lookAt(id)];
}

function holdAction({ operation, target }: ExplainFacts): Action[] {
  const isHeld = operation.laneState === 'held' ? operation.laneHold === target.hold : isShut(target.hold);
  if (operation.seq > operation.headSeq || !isHeld || target.hold === null) return [];
  if (target.hold === 'restored') {
    return [
      {
        text: 'Look at what a restored backup would send, and release it.',
        call: 'POST /api/v1/queue/restoration/release',
        command: 'provost queue release --reason TEXT',
      },
    ];
  }
  return [
    {
      text: `Lift the hold of ${target.name}.`,
      call: `DELETE /api/v1/targets/${target.id}/hold`,
      command: `provost queue lift ${target.id}`,
    },
  ];
}

function gateAction({ operation }: ExplainFacts): Action[] {
  const { keeper, laneState } = operation;
  if (operation.seq > operation.headSeq || keeper === undefined) return [];
  if (laneState !== 'gated-async' && laneState !== 'gated-retry') return [];
  if (keeper.isPaused) {
    return [
      {
        text: `Let ${keeper.name} fire again.`,
        call: `PATCH /api/v1/schedules/${keeper.name}`,
        command: `provost schedule resume ${keeper.name}`,
      },
    ];
  }
  return [
    {
      text: `Run ${keeper.name} now.`,
      call: `POST /api/v1/schedules/${keeper.name}/runs`,
      command: `provost schedule run ${keeper.name}`,
    },
  ];
}
