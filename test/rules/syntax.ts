// Reads TypeScript as syntax, for rules about what sources declare.
import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { root } from '../support/repository.js';

/** @param file relative to the checkout */
export function parse(file: string): ts.SourceFile {
  return ts.createSourceFile(file, readFileSync(`${root}/${file}`, 'utf8'), ts.ScriptTarget.Latest, true);
}

/** Every call beneath `node`, outer ones first. */
export function callsIn(node: ts.Node): ts.CallExpression[] {
  const found: ts.CallExpression[] = [];
  const visit = (child: ts.Node): void => {
    if (ts.isCallExpression(child)) found.push(child);
    ts.forEachChild(child, visit);
  };
  visit(node);
  return found;
}

/** The text of a string literal; undefined for anything else. */
export function textOf(node: ts.Node | undefined): string | undefined {
  return node !== undefined && ts.isStringLiteralLike(node) ? node.text : undefined;
}

/** The value of `{ name: 'text' }` or `{ name: 404 }` as text. */
export function propertyText(object: ts.ObjectLiteralExpression, name: string): string | undefined {
  const property = object.properties.find((one) => one.name?.getText() === name);
  if (property === undefined || !ts.isPropertyAssignment(property)) return undefined;
  const { initializer } = property;
  return ts.isNumericLiteral(initializer) ? initializer.text : textOf(initializer);
}
