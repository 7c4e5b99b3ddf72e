// The pages are true where a machine can tell.
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import { configurationPage, environmentExample } from '../../src/generated-pages.js';
import { LANE_STATES, TRANSITIONS } from '../../src/queue/domain/operation-state.js';
import { settingsGroups } from '../../src/settings.js';
import { root } from '../support/repository.js';
import { codeBlocks, pages, read, repositoryFiles, section, tableRows } from './pages.js';
import { callsIn, parse, propertyText, textOf } from './syntax.js';

describe('the pages', () => {
  it('link to pages and headings that exist', () => {
    const broken = pages().flatMap((page) =>
      linksOf(read(page))
        .filter((link) => !leadsSomewhere(page, link))
        .map((link) => `${page}: ${link}`),
    );
    expect(broken).toEqual([]);
  });

  it('are all reached from the README', () => {
    const reached = new Set(['README.md']);
    for (const page of reached) {
      for (const link of linksOf(read(page))) {
        const target = targetOf(page, link);
        if (target.endsWith('.md') && existsSync(join(root, target))) reached.add(target);
      }
    }
    expect(pages().filter((page) => !reached.has(page))).toEqual([]);
  });
});

describe('the tree of docs/architecture.md', () => {
  const tree = treeOf(codeBlocks(section(read('docs/architecture.md'), 'The tree'))[0] ?? '');

  it('names only what exists', () => {
    expect(tree.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  it('names every folder at the top, and every one of src/ down to its parts', () => {
    const folders = new Set(
      repositoryFiles().flatMap((file) => {
        const parts = file.split('/').slice(0, -1);
        const depth = parts[0] === 'src' ? 4 : 1;
        return parts.slice(0, depth).map((_, index) => `${parts.slice(0, index + 1).join('/')}/`);
      }),
    );
    // The page says once what these are; below the parts of a module everybody looks for themselves.
    const isExplainedOnce = (folder: string): boolean => /\/(domain|sql)\/$/.test(folder);
    const missing = [...folders].filter(
      (folder) =>
        !folder.startsWith('.') &&
        !isExplainedOnce(folder) &&
        !tree.includes(folder) &&
        (folder.split('/').length <= 4 || /^src\/plugins\/[^/]+\/[^/]+\/$/.test(folder)),
    );
    expect(missing).toEqual([]);
  });
});

describe('docs/queue.md', () => {
  const page = read('docs/queue.md');

  it('has the moves between states that the code knows', () => {
    const moves = tableRows(section(page, 'States')).map(([state = '', , queued = '', archived = '']) => [
      bare(state),
      { queued: listOf(queued), archived: listOf(archived) },
    ]);
    const known = Object.entries(TRANSITIONS).map(([state, { queued, archived }]) => [
      state,
      { queued: queued.toSorted(), archived: archived.toSorted() },
    ]);
    expect(Object.fromEntries(moves)).toEqual(Object.fromEntries(known));
  });

  it('has every state of a lane', () => {
    const states = tableRows(section(page, 'Lanes')).map(([state = '']) => bare(state));
    expect(states.toSorted()).toEqual(LANE_STATES.toSorted());
  });
});

describe('docs/problems.md', () => {
  it('has every problem that a source declares, with its status and title, and what to do', () => {
    const rows = tableRows(read('docs/problems.md'));
    const documented = rows.map(([type = '', status = '', title = '']) => ({
      type: bare(type),
      status,
      title,
    }));
    expect(documented.toSorted(byType)).toEqual(declaredProblems().toSorted(byType));
    expect(rows.filter(([, , , remedy = '']) => remedy.length < 10)).toEqual([]);
  });
});

describe('what is generated (npm run docs:generate)', () => {
  it.each([
    ['docs/configuration.md', configurationPage(settingsGroups)],
    ['.env.example', environmentExample(settingsGroups)],
  ])('is up to date: %s', (file, wanted) => {
    expect(read(file)).toBe(wanted);
  });
});

describe('docs/decisions', () => {
  const decisions = readdirSync(join(root, 'docs/decisions')).filter((file) => /^\d/.test(file));

  it('are numbered without gaps and listed', () => {
    const numbers = decisions.toSorted().map((file) => Number(file.slice(0, 4)));
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    const list = read('docs/decisions/README.md');
    expect(decisions.filter((file) => !list.includes(`(${file})`))).toEqual([]);
  });

  it.each(decisions)('says context, decision, price and what enforces it, on one page: %s', (file) => {
    const text = read(`docs/decisions/${file}`);
    const headings = [...text.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
    expect(headings).toEqual(['Context', 'Decision', 'Price', 'Enforced by']);
    expect(text.split(/\s+/).length).toBeLessThan(500);
  });
});

interface DeclaredProblem {
  readonly type: string;
  readonly status: string;
  readonly title: string;
}

function declaredProblems(): DeclaredProblem[] {
  const sources = repositoryFiles().filter(
    (file) => /^src\/.*\.ts$/.test(file) && read(file).includes('problemTable('),
  );
  return sources.flatMap((file) =>
    callsIn(parse(file))
      .filter((call) => call.expression.getText() === 'problemTable')
      .flatMap((call) => problemsOf(textOf(call.arguments[0]), call.arguments[1])),
  );
}

function problemsOf(module: string | undefined, table: ts.Expression | undefined): DeclaredProblem[] {
  if (module === undefined || table === undefined || !ts.isObjectLiteralExpression(table)) return [];
  return table.properties.flatMap((property) => {
    if (!ts.isPropertyAssignment(property) || !ts.isObjectLiteralExpression(property.initializer)) return [];
    const kind = property.name.getText().replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    const [status = '', title = ''] = ['status', 'title'].map((name) =>
      propertyText(property.initializer as ts.ObjectLiteralExpression, name),
    );
    return [{ type: `/problems/${module}/${kind}`, status, title }];
  });
}

function byType(left: { type: string }, right: { type: string }): number {
  return left.type < right.type ? -1 : 1;
}

function bare(cell: string): string {
  return cell.replaceAll('`', '');
}

function listOf(cell: string): string[] {
  return cell === '—'
    ? []
    : bare(cell)
        .split(',')
        .map((part) => part.trim())
        .toSorted();
}

function linksOf(markdown: string): string[] {
  const prose = markdown.replaceAll(/^```[^\n]*\n.*?^```/gms, '').replaceAll(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link = '']) => link)
    .filter((link) => !/^(https?|mailto):/.test(link));
}

function targetOf(page: string, link: string): string {
  const [path = ''] = link.split('#');
  return path === '' ? page : normalize(join(dirname(page), path));
}

function leadsSomewhere(page: string, link: string): boolean {
  const target = targetOf(page, link);
  const [, anchor] = link.split('#');
  if (!existsSync(join(root, target))) return false;
  return anchor === undefined || anchorsOf(read(target)).includes(anchor);
}

function anchorsOf(markdown: string): string[] {
  const prose = markdown.replaceAll(/^```[^\n]*\n.*?^```/gms, '');
  return [...prose.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** The paths of a tree that is drawn by two spaces a level; several names may share a line. */
function treeOf(block: string): string[] {
  const above: string[] = [];
  return block.split('\n').flatMap((line) => {
    const match = /^( *)(\S.*?)(?: {2,}.*)?$/.exec(line);
    if (!match) return [];
    const [, indent = '', names = ''] = match;
    const level = indent.length / 2;
    const parent = above.slice(0, level).join('');
    const paths = names.split(' ').map((name) => `${parent}${name}`);
    above.splice(level, above.length, names);
    return paths;
  });
}
