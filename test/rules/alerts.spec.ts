// deploy/alerts.yml: Prometheus is not run here, so the file is read strictly, in the one form it is written in.
import { describe, expect, it } from '@jest/globals';
import { COMMANDS } from '../../src/cli/command-table.js';
import { read, tableRows } from './pages.js';

interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly severity: string;
  readonly summary: string;
  readonly runbook: string;
}

/** One rule, line by line; nothing else may stand between two rules. */
const RULE = [
  /^ {6}- alert: (?<alert>Provost[A-Za-z]+)$/,
  /^ {8}expr: (?<expr>[^#'"][^#]*)$/,
  /^ {8}for: (?<for>\d+[mhd])$/,
  /^ {8}labels:$/,
  /^ {10}severity: (?<severity>page|ticket)$/,
  /^ {8}annotations:$/,
  /^ {10}summary: '(?<summary>[^'\\]+)'$/,
  /^ {10}runbook: '(?<runbook>[^'\\]+)'$/,
];

const rules = rulesOf(read('deploy/alerts.yml'));
const figures = new Set(
  tableRows(read('docs/metrics.md')).flatMap(([name = '']) =>
    [...name.matchAll(/provost_\w+/g)].map(([one]) => one),
  ),
);

describe('deploy/alerts.yml', () => {
  it('has rules, each with a name of its own, and says what is so and what to do', () => {
    expect(rules.length).toBeGreaterThan(10);
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
    const short = rules.filter(
      ({ summary, runbook }) => !/^.{20,}\.$/.test(summary) || !/^.{20,}\.$/.test(runbook),
    );
    expect(short).toEqual([]);
  });

  it('asks for figures that docs/metrics.md names', () => {
    const asked = rules.flatMap(({ alert, expr }) =>
      [...expr.matchAll(/\bprovost_\w+/g)].map(([name]) => ({ alert, name })),
    );
    expect(asked.length).toBeGreaterThanOrEqual(rules.length);
    expect(asked.filter(({ name }) => !figures.has(name))).toEqual([]);
  });

  it('compares in every rule, with brackets that close', () => {
    const isWhole = (expr: string): boolean =>
      /(==|>|<) \d+$/.test(expr) && expr.split('(').length === expr.split(')').length;
    expect(rules.filter(({ expr }) => !isWhole(expr))).toEqual([]);
  });

  it('names no label in a summary that its expression drops', () => {
    const dropped = rules.filter(({ expr, summary }) => {
      const kept =
        /\bby \((\w+)\)/.exec(expr)?.[1] ?? (/^(max|min|sum)\b/.test(expr) ? undefined : 'instance');
      return [...summary.matchAll(/\$labels\.(\w+)/g)].some(([, label]) => label !== kept);
    });
    expect(dropped).toEqual([]);
  });

  it('names commands of the client that there are', () => {
    const commands = rules.flatMap(({ runbook }) => [
      ...runbook.matchAll(/[Rr]un provost ([a-z]+(?: [a-z]+)*?)(?=[:.,]| with)/g),
    ]);
    expect(commands.length).toBeGreaterThan(4);
    const names = new Set(COMMANDS.map(({ name }) => name));
    expect(commands.map(([, words]) => words).filter((words = '') => !names.has(words))).toEqual([]);
  });
});

function rulesOf(yaml: string): AlertRule[] {
  const lines = yaml
    .trimEnd()
    .split('\n')
    .filter((line) => !line.startsWith('#'));
  const head = lines.splice(0, 3).join('\n');
  if (head !== 'groups:\n  - name: provost\n    rules:')
    throw new Error(`Not the head of the rules: ${head}`);
  return Array.from({ length: Math.ceil(lines.length / RULE.length) }, () => {
    const fields = lines.splice(0, RULE.length);
    const matched = RULE.map((pattern, index) => {
      const match = pattern.exec(fields[index] ?? '');
      if (match === null) throw new Error(`Not the form of a rule: ${JSON.stringify(fields[index])}`);
      return match.groups ?? {};
    });
    return Object.assign({}, ...matched) as AlertRule;
  });
}
