// The titles of the tests that there are, as their files write them.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import ts from 'typescript';
import { root } from '../support/repository.js';
import { repositoryFiles } from './pages.js';
import { callsIn, parse, textOf } from './syntax.js';

const RUNNER = /^(it|test)([A-Z]\w*)?$/;

/** File, then the titles of its tests that are not switched off; `it.each` counts by its template. */
export function testTitles(): ReadonlyMap<string, ReadonlySet<string>> {
  const files = repositoryFiles().filter((file) => /^(src|test)\/.*\.ts$/.test(file));
  const specs = files.filter((file) => file.endsWith('.spec.ts'));
  const specText = specs.map((file) => readFileSync(`${root}/${file}`, 'utf8')).join('\n');
  // A shared suite runs when a spec imports it.
  const suites = files.filter(
    (file) => file.startsWith('test/contracts/') && specText.includes(basename(file, '.ts')),
  );
  return new Map([...specs, ...suites].map((file) => [file, titlesIn(file)]));
}

function titlesIn(file: string): Set<string> {
  const titles = callsIn(parse(file)).flatMap((call) => {
    const { runner, modifiers } = calleeOf(call);
    const title = textOf(call.arguments[0]);
    if (!RUNNER.test(runner) || title === undefined || isOff(modifiers) || isInSkippedBlock(call)) return [];
    return [title];
  });
  return new Set(titles);
}

/** `it.each([…])` gives runner `it` and modifier `each`. */
function calleeOf(call: ts.CallExpression): { runner: string; modifiers: readonly string[] } {
  const modifiers: string[] = [];
  let callee: ts.Expression = call.expression;
  while (!ts.isIdentifier(callee)) {
    if (ts.isCallExpression(callee)) callee = callee.expression;
    else if (ts.isTaggedTemplateExpression(callee)) callee = callee.tag;
    else if (ts.isPropertyAccessExpression(callee)) {
      modifiers.push(callee.name.text);
      callee = callee.expression;
    } else return { runner: '', modifiers };
  }
  return { runner: callee.text, modifiers };
}

function isOff(modifiers: readonly string[]): boolean {
  return modifiers.some((modifier) => modifier === 'skip' || modifier === 'todo');
}

function isInSkippedBlock(node: ts.Node): boolean {
  for (let above = node.parent; !ts.isSourceFile(above); above = above.parent) {
    if (ts.isCallExpression(above) && isOff(calleeOf(above).modifiers)) return true;
  }
  return false;
}
