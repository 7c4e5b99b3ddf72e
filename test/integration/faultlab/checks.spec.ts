// The checks of the fault laboratory find each fault that it exists to find, and nothing in a run without one.
import { describe, expect, it } from '@jest/globals';
import { checkEnd, type EndFacts } from '../../../bench/faultlab/check-end.js';
import { checkOverlaps } from '../../../bench/faultlab/check-overlaps.js';
import { checkWrites } from '../../../bench/faultlab/check-writes.js';
import { recoveries } from '../../../bench/faultlab/recovery.js';
import { accountNameOf, toWitnessedWrite, type WitnessedWrite } from '../../../bench/faultlab/witness-log.js';

function dnOf(change: number): string {
  return `uid=p1-${change},ou=people,dc=example,dc=org`;
}

/** A write in a few letters: `add 1 m1`, `modify 1 m2`, `rename 1 3`, `delete 3`. */
function written(text: string, index: number): WitnessedWrite {
  const [kind = '', at = '', rest = ''] = text.split(' ');
  const names = { add: 'add', modify: 'modify', rename: 'rename', delete: 'delete' } as const;
  return {
    at: String(index),
    kind: names[kind as keyof typeof names],
    dn: dnOf(Number(at)),
    account: { person: 1, change: Number(at) },
    becomes: kind === 'rename' ? { person: 1, change: Number(rest) } : null,
    markers: rest.startsWith('m') ? [Number(rest.slice(1))] : [],
    result: text.endsWith('refused') ? 68 : 0,
  };
}

function invariantsOf(...texts: readonly string[]): string[] {
  return checkWrites(texts.map(written)).map(({ invariant }) => invariant);
}

describe('the check of what was written', () => {
  it('finds nothing where each change was written once and in its order, some of them together', () => {
    expect(
      invariantsOf('add 1 m1', 'modify 1 m2', 'rename 1 5', 'modify 5 m5', 'delete 5', 'add 5 m7'),
    ).toEqual([]);
  });

  it('lets a new life begin with the values that ended the last one', () => {
    expect(invariantsOf('add 1 m1', 'delete 1', 'add 1 m1', 'modify 1 m2')).toEqual([]);
  });

  it('does not count what the server refused', () => {
    expect(invariantsOf('add 1 m1', 'add 1 m1 refused')).toEqual([]);
  });

  it.each([
    ['the same values twice', ['add 1 m1', 'modify 1 m2', 'modify 1 m2'], 'I2'],
    ['the values of its creation again', ['add 1 m1', 'modify 1 m1'], 'I2'],
    ['the same values twice in a second life', ['add 1 m1', 'delete 1', 'add 1 m1', 'modify 1 m1'], 'I2'],
    ['a second account', ['add 1 m1', 'add 2 m2'], 'I2'],
    ['the same name twice', ['add 1 m1', 'rename 1 2', 'rename 1 2'], 'I2'],
    ['a write that no change asked for', ['add 1 m1', 'modify 1'], 'I2'],
    ['older values after newer ones', ['add 1 m1', 'modify 1 m3', 'modify 1 m2'], 'I3'],
    ['older values in a second life', ['add 1 m1', 'modify 1 m3', 'delete 1', 'add 1 m2'], 'I3'],
    ['an older name after a newer one', ['add 1 m1', 'rename 1 3', 'rename 3 2'], 'I3'],
  ])('finds %s', (_what, texts, invariant) => {
    expect(invariantsOf(...texts)).toEqual([invariant]);
  });

  it('finds a write of an account that is nobody’s', () => {
    const foreign = { ...written('delete 1', 0), account: null };
    expect(checkWrites([foreign])).toMatchObject([{ invariant: 'I2' }]);
  });
});

describe('the check of overlaps', () => {
  const write = (dn: string, seenAt: number, endedAt: number) => ({
    kind: 'modify',
    dn,
    pid: 7,
    fate: 'passed',
    seenAt,
    endedAt,
  });

  it('finds two writes of one account under way at once, by whatever name it had', () => {
    const writes = [write(dnOf(1), 0, 10), write(dnOf(2), 9, 20), write(dnOf(2), 20, 30)];
    expect(checkOverlaps(writes)).toMatchObject([{ invariant: 'I4', person: 1 }]);
  });

  it('finds one that was under way long before', () => {
    const writes = [write(dnOf(1), 0, 100), write(dnOf(1), 10, 20), write(dnOf(1), 30, 40)];
    expect(checkOverlaps(writes)).toHaveLength(2);
  });

  it('lets the writes of different accounts overlap', () => {
    expect(checkOverlaps([write(dnOf(1), 0, 10), write('uid=p2-1,ou=people', 5, 15)])).toEqual([]);
  });
});

describe('the check of the end', () => {
  const account = { login: 'p1-1', title: 'm2', mail: 'm2@example.org' };
  const entry = (change: number, wanted: typeof account | null) => ({
    requestId: `faultlab-1-${change}`,
    person: 1,
    change,
    kind: 'modify' as const,
    wanted,
  });
  const facts: EndFacts = {
    journal: [entry(1, { ...account, title: 'm1', mail: 'm1@example.org' }), entry(2, account)],
    accounts: [account],
    left: [],
    archived: new Set(['faultlab-1-1', 'faultlab-1-2']),
  };

  it('finds nothing where the directory is as the last changes say', () => {
    expect(checkEnd(facts)).toEqual([]);
    expect(
      checkEnd({ ...facts, journal: [...facts.journal.slice(0, 1), entry(2, null)], accounts: [] }),
    ).toEqual([]);
  });

  it.each<[string, Partial<EndFacts>]>([
    ['a change of which nothing is known', { archived: new Set(['faultlab-1-1']) }],
    ['a last change that is not there', { accounts: [{ ...account, title: 'm1' }] }],
    ['an account that is missing', { accounts: [] }],
    ['an account that should be gone', { journal: [...facts.journal.slice(0, 1), entry(2, null)] }],
    ['an account that is there twice', { accounts: [account, { ...account, login: 'p1-2' }] }],
    ['an account of nobody', { accounts: [account, { ...account, login: 'p2-1' }] }],
    [
      'an operation that has not ended',
      { left: [{ id: 'o1-1', subject: 'match p1-1', state: 'FAILED', lane: 'parked', words: 'Why.' }] },
    ],
  ])('finds %s', (_what, difference) => {
    expect(checkEnd({ ...facts, ...difference })).toMatchObject([{ invariant: 'I1' }]);
  });
});

describe('the time of recovery', () => {
  it('counts from the kill to the last of its lanes, and no kill that took nothing along', () => {
    const kills = [
      { pid: 1, at: 1_000 },
      { pid: 2, at: 2_000 },
    ];
    const crashed = [
      { pid: 1, rescuedAt: 4_000, resumedAt: 4_100 },
      { pid: 1, rescuedAt: 4_200, resumedAt: 5_000 },
      { pid: 1, rescuedAt: 900, resumedAt: 950 },
    ];
    expect(recoveries(kills, crashed)).toEqual([{ rescuedMs: 3_200, resumedMs: 4_000 }]);
  });
});

describe('the log of the directory', () => {
  const logged = {
    reqStart: '20270101000000.000001Z',
    reqType: 'modify',
    reqDN: dnOf(4),
    reqResult: '0',
    reqMod: ['title:= m12', 'mail:- m11@example.org', 'mail:+ m12@example.org', 'entryCSN:= 2027'],
  };

  it('says which account was written, and with the values of which change', () => {
    expect(toWitnessedWrite(logged)).toMatchObject({
      kind: 'modify',
      account: { person: 1, change: 4 },
      markers: [12],
      result: 0,
    });
    expect(
      toWitnessedWrite({ ...logged, reqType: 'modrdn', reqMod: 'entryCSN:= 2027', reqNewDN: dnOf(5) }),
    ).toMatchObject({ kind: 'rename', becomes: { person: 1, change: 5 }, markers: [] });
  });

  it('refuses a kind of write that it does not know', () => {
    expect(() => toWitnessedWrite({ ...logged, reqType: 'increment' })).toThrow('increment');
  });

  it('takes nothing else for an account', () => {
    expect(accountNameOf('ou=people,dc=example,dc=org')).toBeNull();
    expect(accountNameOf('uid=p1-1x,ou=people')).toBeNull();
    expect(accountNameOf('p12-3')).toEqual({ person: 12, change: 3 });
  });
});
