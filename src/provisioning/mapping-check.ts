// What is wrong with a mapping before it is ever applied: found when it is saved, not for every person.
import { setImmediate as turn } from 'node:timers/promises';
import type { Expressions, VariableShape } from '../platform/expressions/index.js';
import type { ProblemField } from '../platform/http/index.js';

/** What the expressions of a mapping may name; role and form codes are not known beforehand. */
export const mappingVariables: VariableShape = {
  identity: ['id', 'login', 'givenName', 'surname', 'displayName', 'title', 'email', 'phone', 'state'],
  roles: 'open',
  form: 'open',
  system: ['name'],
};

/** Characters of all expressions of a mapping together: what keeps a check within seconds. */
const EXPRESSIONS_LENGTH = 65_536;

export interface MappingToCheck {
  readonly identifierExpression: string;
  readonly attributes: readonly { readonly attribute: string; readonly expression: string }[];
}

/** Every fault with its place, column and remedy; empty when there is none. */
export async function checkMapping(
  expressions: Pick<Expressions, 'check'>,
  { identifierExpression, attributes }: MappingToCheck,
): Promise<ProblemField[]> {
  const sources = [
    { pointer: '/identifierExpression', source: identifierExpression },
    ...attributes.map(({ expression }, at) => ({
      pointer: `/attributes/${at}/expression`,
      source: expression,
    })),
  ];
  const length = sources.reduce((sum, { source }) => sum + source.length, 0);
  if (length > EXPRESSIONS_LENGTH) {
    const detail = `The expressions have ${length} characters together; ${EXPRESSIONS_LENGTH} are allowed. Shorten them.`;
    return [{ pointer: '/attributes', detail }];
  }
  const errors = repeatedAttributes(attributes);
  for (const { pointer, source } of sources) {
    const found = expressions.check(source, mappingVariables);
    errors.push(...found.map(({ message }) => ({ pointer, detail: message })));
    // A long expression takes its time to parse: others get their turn between two.
    await turn();
  }
  return errors;
}

/** Directories and most databases do not tell names apart by their case. */
function repeatedAttributes(attributes: MappingToCheck['attributes']): ProblemField[] {
  const first = new Map<string, number>();
  return attributes.flatMap(({ attribute }, at) => {
    const folded = attribute.toLowerCase();
    const before = first.get(folded);
    if (before === undefined) {
      first.set(folded, at);
      return [];
    }
    const detail = `"${attribute}" is mapped already at /attributes/${before}. Keep one of the two; an expression can give several values as a list.`;
    return [{ pointer: `/attributes/${at}/attribute`, detail }];
  });
}
