// Changes a parsed expression before it is planned: loops become countable, default() accepts values that are not there.
import { NullValue } from '@bufbuild/protobuf/wkt';
import { loopTick } from './mapping-functions.js';
import { walk, type Expr } from './syntax-tree.js';

/** Changes the tree in place. Every added node carries the id of its origin, so that errors keep their place. */
export function guardExpression(root: Expr): void {
  for (const { expr } of walk(root)) {
    const kind = expr.exprKind;
    if (kind.case === 'comprehensionExpr' && kind.value.loopCondition)
      kind.value.loopCondition = call(expr.id, loopTick, [kind.value.loopCondition]);
    else if (kind.case === 'callExpr' && kind.value.function === 'default' && kind.value.args.length === 2)
      kind.value.args = kind.value.args.map((arg, at) => (at === 0 ? orNull(arg) : arg));
  }
}

/** `a.b.c` becomes `has(a.b) && has(a.b.c) ? a.b.c : null`. */
function orNull(path: Expr): Expr {
  const tests = presenceTests(path);
  if (tests.length === 0) return path;
  const condition = tests.reduce((left, right) => call(path.id, '_&&_', [left, right]));
  const absent = node(path.id, {
    case: 'constExpr',
    value: {
      $typeName: 'cel.expr.Constant',
      constantKind: { case: 'nullValue', value: NullValue.NULL_VALUE },
    },
  });
  return call(path.id, '_?_:_', [condition, path, absent]);
}

function presenceTests(path: Expr): Expr[] {
  const kind = path.exprKind;
  if (kind.case !== 'selectExpr' || kind.value.testOnly || !kind.value.operand) return [];
  const test = node(path.id, { case: 'selectExpr', value: { ...kind.value, testOnly: true } });
  return [...presenceTests(kind.value.operand), test];
}

function call(id: bigint, name: string, args: Expr[]): Expr {
  return node(id, { case: 'callExpr', value: { $typeName: 'cel.expr.Expr.Call', function: name, args } });
}

function node(id: bigint, exprKind: Expr['exprKind']): Expr {
  return { $typeName: 'cel.expr.Expr', id, exprKind };
}
