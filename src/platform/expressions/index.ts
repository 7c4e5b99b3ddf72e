export { ExpressionsModule } from './expressions.module.js';
export {
  Expressions,
  type EvaluatedExpression,
  type ExpressionsLog,
  type ExpressionsOptions,
} from './expressions.js';
export type { VariableShape } from './check-expression.js';
export { expressionFunctions, type ExpressionFunction } from './expression-functions.js';
export type { ExpressionValue } from './expression-value.js';
export type { ExpressionProblem } from './syntax.js';
