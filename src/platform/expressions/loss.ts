import type { EvaluatorAnswer, LossCause } from './evaluator-process.js';

/** Whether the expression (or its values) is to blame, so that it fails again, or the engine, so that trying later helps. */
export type Fault = 'expression' | 'engine';

export type Loss = Extract<EvaluatorAnswer, { kind: 'lost' }>;

/** What to tell about an expression whose evaluator was lost although it was alone in it. */
export function explainLoss(
  { cause, detail }: Loss,
  limits: { deadlineMs: number; memoryMegabytes: number },
): { problem: string; fault: Fault } {
  return {
    problem: `${problems[cause](limits)}${cause === 'unavailable' && detail ? ` ${detail}` : ''}`,
    fault: faults[cause],
  };
}

const faults: Readonly<Record<LossCause, Fault>> = {
  deadline: 'expression',
  memory: 'expression',
  ended: 'engine',
  unavailable: 'engine',
};

const problems: Readonly<
  Record<LossCause, (limits: { deadlineMs: number; memoryMegabytes: number }) => string>
> = {
  deadline: ({ deadlineMs }) =>
    `The expression did not finish within ${deadlineMs} ms, also when tried alone. Shorten the lists and texts it goes through.`,
  memory: ({ memoryMegabytes }) =>
    `The expression needs more than ${memoryMegabytes} MB of memory. Shorten the lists and texts it makes.`,
  ended: () =>
    'The evaluator was ended from outside, also when tried again. Nothing is wrong with the expression: try later.',
  unavailable: () => 'The evaluator of expressions does not start. Look at the log of the service.',
};
