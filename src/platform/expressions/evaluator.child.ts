// The entry of the forked child. It holds nothing worth keeping, so its parent ends it with SIGKILL at any time.
import { deserialize } from 'node:v8';
import { Evaluation } from './evaluation.js';
import type { ExpressionValue } from './expression-value.js';
import type { EvaluatorReply, EvaluatorRequest } from './evaluator-process.js';

process.title = 'provost expressions';
// Errors are answers here, and nobody reads their stacks.
Error.stackTraceLimit = 0;

// Signals to the whole process group are the parent's business: it still needs answers while it shuts down.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
// The parent is gone, however it ended.
process.on('disconnect', () => process.exit(0));

const evaluation = new Evaluation();

process.on('message', ({ sources, variables }: EvaluatorRequest) => {
  const values = deserialize(variables) as Record<string, ExpressionValue>;
  reply({ kind: 'verdicts', verdicts: evaluation.evaluateAll(sources, values) });
});
reply({ kind: 'ready' });

function reply(message: EvaluatorReply): void {
  process.send?.(message);
}
