// From source to a tree that is safe to plan: what holds for every expression, whoever the variables belong to.
import { parse } from '@bufbuild/cel';
import { limits } from './limits.js';
import { scanSource } from './source-scan.js';
import { walk, type Expr } from './syntax-tree.js';

/** What is wrong with an expression and where; `line` and `column` count from 1, in UTF-16 units. */
export interface ExpressionProblem {
  /** Names the place, what is wrong and what to do. */
  message: string;
  line: number;
  column: number;
}

export type ParsedExpression =
  | { ok: true; expr: Expr; problemAt(id: bigint | undefined, message: string): ExpressionProblem }
  | { ok: false; problem: ExpressionProblem };

/** Parses and holds the tree against the limits; never throws. */
export function parseExpression(source: string): ParsedExpression {
  const fail = (offset: number, message: string): ParsedExpression => ({
    ok: false,
    problem: problemIn(source, offset, message),
  });
  if (source.trim() === '')
    return fail(0, 'The expression is empty. Write a value, for example identity.login.');
  const bytes = Buffer.byteLength(source);
  if (bytes > limits.sourceBytes)
    return fail(0, `The expression has ${bytes} bytes; ${limits.sourceBytes} are allowed. Split it.`);
  const scanned = scanSource(source);
  if ('fault' in scanned) return fail(scanned.fault.offset, scanned.fault.message);

  let parsed;
  try {
    parsed = parse(scanned.text.trimEnd());
  } catch (error) {
    return fail(...syntaxFault(source, error));
  }
  const { expr, sourceInfo } = parsed;
  const problemAt = (id: bigint | undefined, message: string): ExpressionProblem =>
    problemIn(source, sourceInfo?.positions[String(id)] ?? 0, message);
  const fault = treeFault(expr);
  return fault ? { ok: false, problem: problemAt(fault.id, fault.message) } : { ok: true, expr, problemAt };
}

function treeFault(root: Expr): { id: bigint; message: string } | undefined {
  for (const { expr, depth, loops } of walk(root)) {
    const kind = expr.exprKind;
    if (depth > limits.depth) return { id: expr.id, message: tooDeep };
    if (loops > limits.loopNesting)
      return {
        id: expr.id,
        message: `Loops may be nested ${limits.loopNesting} deep, these are deeper. Use another value or a second mapping.`,
      };
    if (kind.case === 'structExpr' && kind.value.messageName !== '')
      return {
        id: expr.id,
        message: `“${kind.value.messageName}{…}” makes a message, and there are none here. Write a map: {'key': value}.`,
      };
    if (kind.case === 'constExpr' && !isInRange(kind.value.constantKind))
      return { id: expr.id, message: 'The number does not fit into 64 bits. Write it as text, in quotes.' };
  }
  return undefined;
}

function isInRange({ case: kind, value }: { case?: string | undefined; value?: unknown }): boolean {
  if (typeof value !== 'bigint') return true;
  return value === (kind === 'uint64Value' ? BigInt.asUintN(64, value) : BigInt.asIntN(64, value));
}

const tooDeep = `The expression is nested more than ${limits.depth} levels deep. Split it, or join texts with [a, b, c].join('').`;

function syntaxFault(source: string, error: unknown): [offset: number, message: string] {
  if (error instanceof RangeError) return [0, tooDeep];
  const offset = offsetOf(error);
  const found = /\S/u.exec(source.slice(offset))?.[0];
  if (error instanceof Error && error.message.endsWith('reserved identifier'))
    return [offset, 'This word is reserved in CEL and cannot be used as a name. Use another one.'];
  if (error instanceof Error && offset < 0) return [0, `The expression cannot be read: ${error.message}.`];
  if (found === undefined)
    return [offset, 'The expression ends too early. Add the value that is missing after the last operator.'];
  return [
    offset,
    `The expression cannot be read from “${found}” on. Put an operator between values, a value on both sides of each operator, and quotes around text.`,
  ];
}

/** Where the parser stopped, or -1 for its rare errors that carry no place. */
function offsetOf(error: unknown): number {
  if (typeof error !== 'object' || error === null || !('location' in error)) return -1;
  const { location } = error as { location?: { start?: { offset?: number } } };
  return location?.start?.offset ?? -1;
}

/** The parser points at the dot or the blank before a name; people look for the name. */
function problemIn(source: string, offset: number, message: string): ExpressionProblem {
  let at = Math.max(offset, 0);
  while (at < source.length - 1 && /[\s.]/u.test(source.charAt(at))) at += 1;
  const before = source.slice(0, at).split('\n');
  const line = before.length;
  const column = (before.at(-1) ?? '').length + 1;
  const place = source.includes('\n') ? `Line ${line}, column ${column}` : `Column ${column}`;
  return { message: `${place}: ${message}`, line, column };
}
