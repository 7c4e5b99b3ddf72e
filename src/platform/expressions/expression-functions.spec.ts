import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { expressionFunctions } from './expression-functions.js';
import { Fuel } from './fuel.js';
import { createLibrary } from './function-library.js';

/** The parser writes these as loops and tests; the library does not hold them. */
const macros = ['all', 'exists', 'existsOne', 'exists_one', 'filter', 'has', 'map'];

describe('the table of functions', () => {
  it('lists what can be called, and nothing else', () => {
    const callable = createLibrary(new Fuel())
      .map(({ name }) => name)
      .filter((name) => /^[a-z]\w*$/iu.test(name));
    const listed = expressionFunctions.map(({ name }) => name);
    expect(listed.toSorted()).toEqual([...new Set([...callable, ...macros])].toSorted());
  });

  it('is the one of the documentation', () => {
    const page = readFileSync(new URL('../../../docs/expressions.md', import.meta.url), 'utf8');
    const rows = page
      .split('\n')
      .map((line) => line.split('|').map((cell) => cell.trim()))
      .filter(([, signature]) => signature?.includes('→'))
      .map(([, signature, doc]) => ({ signature, doc }));
    expect(rows).toEqual(
      expressionFunctions.map(({ signature, doc }) => ({ signature: `\`${signature}\``, doc })),
    );
  });
});
