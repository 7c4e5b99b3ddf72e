// What the pages tell people to type works: npm scripts, the client's commands, routes of the API.
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import { usageOf } from '../../src/cli/command.js';
import { COMMANDS } from '../../src/cli/command-table.js';
import { parseCommandLine } from '../../src/cli/command-line.js';
import { codeOf, pages, read, repositoryFiles } from './pages.js';
import { parse, textOf } from './syntax.js';

const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
const typed = pages()
  .filter((page) => page !== 'docs/status.md')
  .flatMap((page) => codeOf(read(page)).map((code) => ({ page, code: code.trim() })));

describe('the pages', () => {
  it('name npm scripts that there are', () => {
    const named = typed.flatMap(({ page, code }) =>
      [...code.matchAll(/npm run (?:-s )?([a-z]+(?::[a-z]+)*)/g)].map(([, script = '']) => ({
        page,
        script,
      })),
    );
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter(({ script }) => !(script in scripts))).toEqual([]);
  });

  it('name commands of the client as it takes them', () => {
    // Usage lines are held against the commands by src/cli/help.spec.ts.
    const usages = new Set(COMMANDS.map(usageOf));
    const commands = typed.filter(
      ({ code }) =>
        /^(npm run -s provost -- |provost )[a-z-]/.test(code) && !code.includes('[') && !usages.has(code),
    );
    expect(commands.length).toBeGreaterThan(10);
    expect(commands.flatMap(({ page, code }) => faultOf(page, code))).toEqual([]);
  });

  it('name routes that there are', () => {
    const routes = declaredRoutes();
    const named = typed.flatMap(({ page, code }) => routesIn(code).map((route) => ({ page, ...route })));
    expect(routes.length).toBeGreaterThan(30);
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((route) => !routes.some((known) => isSame(route, known)))).toEqual([]);
  });

  it('leave no route of the API out of docs/api.md', () => {
    const named = codeOf(read('docs/api.md')).flatMap(routesIn);
    const routes = declaredRoutes().filter(({ path }) => path.startsWith('/api/v1/'));
    const isNamed = (route: Route): boolean =>
      named.some((one) => one.method === route.method && isSame(one, route));
    expect(routes.filter((route) => !isNamed(route))).toEqual([]);
  });
});

interface Route {
  /** Undefined when a page names the path alone. */
  readonly method: string | undefined;
  readonly path: string;
}

function faultOf(page: string, code: string): string[] {
  const words = code
    .replace(/^(npm run -s provost -- |provost )/, '')
    // What follows belongs to the shell.
    .replace(/\s+[|>#].*$/, '')
    .match(/'[^']*'|"[^"]*"|\S+/g);
  try {
    parseCommandLine(
      (words ?? []).map((word) => word.replace(/^(['"])(.*)\1$/, '$2')),
      COMMANDS,
    );
    return [];
  } catch (error) {
    return [`${page}: ${code}: ${(error as Error).message}`];
  }
}

/** `POST /api/v1/auth/login`, `GET PATCH /api/v1/roles/{id}`, `curl -X PATCH "$BASE/api/v1/…"`, or a path alone. */
function routesIn(code: string): Route[] {
  return [...code.matchAll(/(.*?)(\/api\/v1\/[^\s"'?,;)`]*)/g)].flatMap(([, before = '', path = '']) => {
    const methods = before.match(/\b(GET|POST|PUT|PATCH|DELETE)\b/g) ?? [undefined];
    return methods.map((method) => ({ method, path: path.replace(/[./]+$/, '') }));
  });
}

function declaredRoutes(): Route[] {
  return repositoryFiles()
    .filter((file) => /^src\/.*\.controller\.ts$/.test(file))
    .flatMap((file) => {
      const found: Route[] = [];
      const visit = (node: ts.Node): void => {
        if (ts.isClassDeclaration(node)) found.push(...routesOf(node));
        ts.forEachChild(node, visit);
      };
      visit(parse(file));
      return found;
    });
}

function routesOf(controller: ts.ClassDeclaration): Route[] {
  const base = decoratorsOf(controller).get('Controller') ?? '';
  return controller.members.flatMap((member) =>
    [...decoratorsOf(member)]
      .filter(([name]) => /^(Get|Post|Put|Patch|Delete)$/.test(name))
      .map(([name, path]) => ({
        method: name.toUpperCase(),
        path: `/${[base, path].filter((part) => part !== '').join('/')}`,
      })),
  );
}

/** Name and first argument of each decorator. */
function decoratorsOf(node: ts.Node): Map<string, string> {
  const decorators = ts.canHaveDecorators(node) ? (ts.getDecorators(node) ?? []) : [];
  return new Map(
    decorators.flatMap(({ expression }): [string, string][] =>
      ts.isCallExpression(expression)
        ? [[expression.expression.getText(), textOf(expression.arguments[0]) ?? '']]
        : [],
    ),
  );
}

function isSame(named: Route, known: Route): boolean {
  if (named.method !== undefined && named.method !== known.method) return false;
  const wanted = known.path.split('/');
  const given = named.path.split('/');
  return (
    wanted.length === given.length &&
    wanted.every((part, index) => part.startsWith(':') || part === given[index])
  );
}
