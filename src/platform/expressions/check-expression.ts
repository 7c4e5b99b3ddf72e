// Finds, when a mapping is saved, what would otherwise fail for every person it is applied to.
import { celEnv, isCelError } from '@bufbuild/cel';
import { nearestName } from '../config/index.js';
import { expressionFunctions } from './expression-functions.js';
import { Fuel } from './fuel.js';
import { createLibrary } from './function-library.js';
import { limits } from './limits.js';
import { regexSize } from './regex-size.js';
import { walk, type Expr, type TreeNode } from './syntax-tree.js';
import { parseExpression, type ExpressionProblem } from './syntax.js';

/** The variables of an expression; the names within one, or `open` when they are not known beforehand. */
export type VariableShape = Readonly<Record<string, 'open' | readonly string[]>>;

/** What a rule has to say about a node, and which node people should look at. */
type Finding = { at: Expr; message: string } | undefined;

/** Every problem that is visible without values, in the order of the text. */
export function checkExpression(source: string, variables: VariableShape): ExpressionProblem[] {
  const parsed = parseExpression(source);
  if (!parsed.ok) return [parsed.problem];
  const problems: ExpressionProblem[] = [];
  const patterns = new PatternBudget();
  for (const node of walk(parsed.expr)) {
    const finding =
      unknownVariable(node, variables) ??
      unknownField(node, variables) ??
      unknownFunction(node) ??
      patterns.badPattern(node);
    if (finding) problems.push(parsed.problemAt(finding.at.id, finding.message));
  }
  return problems.toSorted((left, right) => left.line - right.line || left.column - right.column);
}

/** Names of types are values in CEL: type(x) == string. */
const typeNames = new Set([
  'bool',
  'bytes',
  'double',
  'int',
  'list',
  'map',
  'null_type',
  'string',
  'type',
  'uint',
]);

function unknownVariable({ expr, locals }: TreeNode, variables: VariableShape): Finding {
  if (expr.exprKind.case !== 'identExpr') return undefined;
  const { name } = expr.exprKind.value;
  if (locals.includes(name) || typeNames.has(name) || Object.hasOwn(variables, name)) return undefined;
  const known = Object.keys(variables);
  const called = expressionFunctions.find((candidate) => candidate.name === name);
  const remedy = suggestion(name, [...locals.filter(isWritten), ...known], 'Variables');
  return {
    at: expr,
    message: called
      ? `“${name}” is a function and is written ${called.signature}.`
      : `There is no variable “${name}”. ${remedy}`,
  };
}

function unknownField({ expr, locals }: TreeNode, variables: VariableShape): Finding {
  const access = namedAccess(expr);
  if (access === undefined || locals.includes(access.variable)) return undefined;
  const fields = Object.hasOwn(variables, access.variable) ? variables[access.variable] : undefined;
  if (fields === undefined || fields === 'open' || fields.includes(access.field)) return undefined;
  const remedy = suggestion(access.field, fields, 'It has');
  return { at: access.at, message: `“${access.variable}” has no value “${access.field}”. ${remedy}` };
}

/** `variable.field` and `variable['field']`. */
function namedAccess(expr: Expr): { variable: string; field: string; at: Expr } | undefined {
  const kind = expr.exprKind;
  if (kind.case === 'selectExpr') {
    const variable = kind.value.operand && identifier(kind.value.operand);
    return variable === undefined ? undefined : { variable, field: kind.value.field, at: expr };
  }
  if (kind.case !== 'callExpr' || kind.value.function !== '_[_]') return undefined;
  const [operand, index] = kind.value.args;
  const variable = operand && identifier(operand);
  const field = index && literalText(index);
  return index && variable !== undefined && field !== undefined ? { variable, field, at: index } : undefined;
}

/** Operators that the planner knows and the library does not hold. */
const specialForms = new Set(['_[_]', '_?_:_', '_&&_', '_||_', '@not_strictly_false']);

const callStyles: ReadonlySet<string> = new Set(
  createLibrary(new Fuel()).map((func) =>
    styleOf(func.name, func.target !== undefined, func.arguments.length),
  ),
);

const functionNames = expressionFunctions.map(({ name }) => name);

function styleOf(name: string, isMethod: boolean, args: number): string {
  return `${isMethod ? '.' : ''}${name}/${args}`;
}

function unknownFunction({ expr }: TreeNode): Finding {
  if (expr.exprKind.case !== 'callExpr') return undefined;
  const { function: name, target, args } = expr.exprKind.value;
  if (specialForms.has(name) || callStyles.has(styleOf(name, target !== undefined, args.length)))
    return undefined;
  const signatures = expressionFunctions
    .filter((known) => known.name === name)
    .map(({ signature }) => signature);
  if (signatures.length > 0)
    return { at: expr, message: `“${name}” is called in another way: ${signatures.join(' or ')}.` };
  const nearest = nearestName(name, functionNames);
  const remedy = nearest ? `Did you mean “${nearest}”?` : 'All of them are listed in docs/expressions.md.';
  return { at: expr, message: `There is no function “${name}”. ${remedy}` };
}

const matches = celEnv().funcs.find('matches');

/** Compiles literal patterns with the engine that will run them, unless they would take long together. */
class PatternBudget {
  #left: number = limits.regexSize;

  badPattern({ expr }: TreeNode): Finding {
    if (expr.exprKind.case !== 'callExpr' || expr.exprKind.value.function !== 'matches') return undefined;
    const [at] = expr.exprKind.value.args;
    const pattern = at && literalText(at);
    if (!at || pattern === undefined) return undefined;
    this.#left -= regexSize(pattern);
    if (this.#left < 0)
      return {
        at,
        message: 'The patterns are too large for one expression. Repeat less, or split the expression.',
      };
    const result = matches?.call(0, '', [pattern]);
    if (!isCelError(result)) return undefined;
    const reason = result.message.replace(/^error parsing regexp: /u, '');
    return {
      at,
      message: `The pattern is not valid: ${reason}. It is RE2, without look-around and back-references.`,
    };
  }
}

function identifier(expr: Expr): string | undefined {
  return expr.exprKind.case === 'identExpr' ? expr.exprKind.value.name : undefined;
}

function literalText(expr: Expr): string | undefined {
  if (expr.exprKind.case !== 'constExpr') return undefined;
  const { constantKind } = expr.exprKind.value;
  return constantKind.case === 'stringValue' ? constantKind.value : undefined;
}

/** Loops carry a variable of their own that nobody can write. */
function isWritten(name: string): boolean {
  return !name.startsWith('@');
}

const longestList = 20;

function suggestion(name: string, known: readonly string[], title: string): string {
  const nearest = nearestName(name, known);
  if (nearest !== undefined) return `Did you mean “${nearest}”?`;
  if (known.length === 0) return `${title}: none.`;
  const listed = known.toSorted().slice(0, longestList).join(', ');
  return `${title}: ${listed}${known.length > longestList ? ' …' : ''}.`;
}
