// Walks over what the parser returns. Iterative: a hostile source must not exhaust the stack.
import type { parse } from '@bufbuild/cel';

export type Expr = ReturnType<typeof parse>['expr'];

export interface TreeNode {
  expr: Expr;
  depth: number;
  /** How many loops this node is repeated by. */
  loops: number;
  /** Names that loops around this node define. */
  locals: readonly string[];
}

/** Every node of the tree, parents first. */
export function* walk(root: Expr): Generator<TreeNode> {
  const pending: TreeNode[] = [{ expr: root, depth: 1, loops: 0, locals: [] }];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    yield node;
    pending.push(...childrenOf(node));
  }
}

function childrenOf({ expr, depth, loops, locals }: TreeNode): TreeNode[] {
  const below = (children: (Expr | undefined)[], inLoop = loops, names = locals): TreeNode[] =>
    children
      .filter((child) => child !== undefined)
      .map((child) => ({ expr: child, depth: depth + 1, loops: inLoop, locals: names }));
  const kind = expr.exprKind;
  switch (kind.case) {
    case 'selectExpr':
      return below([kind.value.operand]);
    case 'callExpr':
      return below([kind.value.target, ...kind.value.args]);
    case 'listExpr':
      return below(kind.value.elements);
    case 'structExpr':
      return below(
        kind.value.entries.flatMap((entry) => [
          entry.keyKind.case === 'mapKey' ? entry.keyKind.value : undefined,
          entry.value,
        ]),
      );
    case 'comprehensionExpr': {
      const { iterRange, accuInit, loopCondition, loopStep, result, iterVar, accuVar } = kind.value;
      return [
        ...below([iterRange, accuInit]),
        ...below([loopCondition, loopStep], loops + 1, [...locals, iterVar, accuVar]),
        ...below([result], loops, [...locals, accuVar]),
      ];
    }
    default:
      return [];
  }
}
