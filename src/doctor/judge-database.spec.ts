import { describe, expect, it } from '@jest/globals';
import { judgeClock } from './clock.checks.js';
import { type DatabaseFacts, judgeDatabase, judgeHeldBack } from './judge-database.js';

const well: DatabaseFacts = {
  version: '18.4',
  version_number: 180_004,
  is_replica: false,
  switched_off: [],
  oldest_row_age: 50_000_000,
  connections: 20,
  allowed: 97,
};

const levelsOf = (facts: Partial<DatabaseFacts>): string[] =>
  judgeDatabase({ ...well, ...facts }).map(({ level, what }) => `${level}: ${what}`);

describe('a database server', () => {
  it('is well as PostgreSQL comes', () => {
    expect(levelsOf({})).toEqual(['ok: It answers: PostgreSQL 18.4, 77 of 97 connections free.']);
  });

  it.each([
    [{ is_replica: true }, 'error: It is a replica'],
    [{ version: '14.2', version_number: 140_002 }, 'error: It is PostgreSQL 14.2'],
    [{ switched_off: ['fsync'] }, 'error: fsync is off'],
    [{ switched_off: ['autovacuum'] }, 'warning: autovacuum is off'],
    [{ oldest_row_age: 1_900_000_000 }, 'error: Its oldest row is 1900000000 transactions old'],
    [{ connections: 95 }, 'warning: Only 2 of its 97 connections are free'],
  ])('is not well: %j', (facts, words) => {
    expect(levelsOf(facts)).toEqual([expect.stringContaining(words)]);
  });
});

describe('what holds a database back', () => {
  it('is told with its name, its size and what to do', () => {
    const findings = judgeHeldBack([
      { kind: 'transaction', name: 'process 7, psql', seconds: 900, bytes: null },
      { kind: 'slot', name: 'replica_b', seconds: null, bytes: 5 * 1024 ** 3 },
    ]);
    expect(findings.map(({ where, what }) => `${where}: ${what}`)).toEqual([
      expect.stringContaining('process 7, psql: A transaction has been open for 15 min'),
      expect.stringContaining('replica_b: A replication slot that nobody reads keeps 5120 MiB'),
    ]);
    expect(findings.every(({ whatToDo }) => (whatToDo ?? '').length > 10)).toBe(true);
  });
});

describe("a node's clock", () => {
  it.each([
    [0, 0, 'ok'],
    [-1_900, 0, 'ok'],
    [2_600, 0, 'warning'],
    // A slow answer is no wrong clock.
    [2_600, 700, 'ok'],
    [-45_000, 10, 'error'],
  ])('that is %i ms ahead, give or take %i ms, is %s', (aheadMs, uncertaintyMs, level) => {
    expect(judgeClock({ aheadMs, uncertaintyMs }).level).toBe(level);
  });
});
