// docs/status.md claims nothing that no test shows.
import { describe, expect, it } from '@jest/globals';
import { read, tableRows } from './pages.js';
import { testTitles } from './test-titles.js';

/** The requirements by the letter of their ids, and how many of each there are. */
const GROUPS: Readonly<Record<string, number>> = { C: 120, F: 62, D: 40, R: 21, S: 25 };

const page = read('docs/status.md');
const rows = tableRows(page)
  .filter(([id = '']) => /^[A-Z]\d+$/.test(id))
  .map(([id = '', behaviour = '', verdict = '']) => ({ id, behaviour, verdict }));
const titles = testTitles();

describe('docs/status.md', () => {
  it('has every requirement once, in order', () => {
    const ids = Object.entries(GROUPS).flatMap(([letter, count]) =>
      Array.from({ length: count }, (_, index) => `${letter}${index + 1}`),
    );
    expect(rows.map(({ id }) => id).toSorted(byNumber)).toEqual(ids.toSorted(byNumber));
    expect(rows.filter(({ behaviour }) => behaviour === '')).toEqual([]);
  });

  it('gives each one verdict', () => {
    expect(rows.filter(({ verdict }) => kindOf(verdict) === 'none')).toEqual([]);
  });

  it('names only tests that exist and are not switched off', () => {
    const missing = rows
      .filter(({ verdict }) => kindOf(verdict) === 'proven')
      .flatMap(({ id, verdict }) => testsOf(verdict).map((test) => ({ id, ...test })))
      .filter(({ file, title }) => titles.get(file)?.has(title) !== true);
    expect(missing).toEqual([]);
  });

  it('counts its verdicts rightly', () => {
    const count = (kind: string): number => rows.filter(({ verdict }) => kindOf(verdict) === kind).length;
    expect(page).toContain(
      `Of ${rows.length} requirements ${count('proven')} are proven by tests, ${count('not yet')} are not there yet, ` +
        `${count('later')} come later, ${count('different')} are different on purpose.`,
    );
  });
});

function kindOf(verdict: string): 'proven' | 'not yet' | 'later' | 'different' | 'none' {
  if (/^`[^`]+ › [^`]+`(; `[^`]+ › [^`]+`)*$/.test(verdict)) return 'proven';
  if (/^not yet(: \S.*)?$/.test(verdict)) return 'not yet';
  if (/^later: \S/.test(verdict)) return 'later';
  return /^different on purpose: \S/.test(verdict) ? 'different' : 'none';
}

function testsOf(verdict: string): { file: string; title: string }[] {
  return [...verdict.matchAll(/`([^`]+?) › ([^`]+)`/g)].map(([, file = '', title = '']) => ({ file, title }));
}

function byNumber(left: string, right: string): number {
  return left[0] === right[0]
    ? Number(left.slice(1)) - Number(right.slice(1))
    : left.localeCompare(right, 'en');
}
