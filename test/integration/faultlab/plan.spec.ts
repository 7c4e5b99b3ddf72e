// What the fault laboratory draws follows from the seed alone, and every kind of fault is in it.
import { describe, expect, it } from '@jest/globals';
import { readArguments, UsageError } from '../../../bench/faultlab/arguments.js';
import { Chance } from '../../../bench/faultlab/chance.js';
import { DISTURBANCES, planDisturbances } from '../../../bench/faultlab/disturbance.js';
import {
  changed,
  newPerson,
  nextChange,
  type Person,
  wantedAccount,
} from '../../../bench/faultlab/person.js';
import { drawFate } from '../../../bench/faultlab/write-fate.js';

describe('the plan', () => {
  it('is the same for the same seed, and another for another', () => {
    const planOf = (seed: number): string[] => planDisturbances(60, new Chance(seed));
    expect(planOf(7)).toEqual(planOf(7));
    expect(planOf(7)).not.toEqual(planOf(8));
  });

  it('has as many kills as were asked for, a third at each moment, and every other disturbance', () => {
    const plan = planDisturbances(60, new Chance(1));
    const count = (what: string): number => plan.filter((one) => one === what).length;
    expect(DISTURBANCES.map((what) => [what, count(what)])).toEqual([
      ['kill-before-reply', 20],
      ['kill-after-reply', 20],
      ['kill-at-random', 20],
      ['freeze', 6],
      ['terminate', 6],
      ['disconnect', 6],
      ['restart-database', 2],
    ]);
    expect(planDisturbances(1, new Chance(1)).filter((one) => one.startsWith('kill'))).toHaveLength(1);
  });

  it('gives every fate to some writes, the n-th the same each time', () => {
    const fatesOf = (seed: number) => {
      const chance = new Chance(seed);
      return Array.from({ length: 5_000 }, () => drawFate(chance));
    };
    expect(fatesOf(3)).toEqual(fatesOf(3));
    const kinds = new Set(fatesOf(3).map(({ kind }) => kind));
    expect([...kinds].toSorted()).toEqual(['delayed', 'hung', 'passed', 'reply-lost', 'request-lost']);
  });
});

describe('a person of the workload', () => {
  it('has an account while it has the role, with the values of the newest change that brought any', () => {
    const lives = (...kinds: readonly Parameters<typeof changed>[1][]): Person =>
      kinds.reduce((person, kind) => changed(person, kind), newPerson(4));
    expect(wantedAccount(lives('create', 'modify'))).toEqual({
      login: 'p4-1',
      title: 'm2',
      mail: 'm2@example.org',
    });
    expect(wantedAccount(lives('create', 'revoke', 'modify'))).toBeNull();
    expect(wantedAccount(lives('create', 'revoke', 'rename', 'grant'))).toMatchObject({
      login: 'p4-3',
      title: 'm3',
    });
    expect(wantedAccount(lives('create', 'remove'))).toBeNull();
  });

  it('comes to every kind of change, and to none once it is gone', () => {
    const chance = new Chance(5);
    const kinds = new Set<string>();
    let person = newPerson(1);
    for (let step = 0; step < 500; step += 1) {
      const kind = nextChange(person, chance.draw());
      if (kind !== null) kinds.add(kind);
      person = kind === null ? newPerson(1) : changed(person, kind);
    }
    expect([...kinds].toSorted()).toEqual(['create', 'grant', 'modify', 'remove', 'rename', 'revoke']);
    expect(nextChange(changed(newPerson(1), 'remove'), 0.5)).toBeNull();
  });
});

describe('npm run faultlab', () => {
  it('takes a seed and a number of kills, and what was not said from itself', () => {
    expect(readArguments(['--seed', '7', '--kills', '200'])).toEqual({
      seed: 7,
      kills: 200,
      nodes: 3,
      minutes: 20,
    });
  });

  it.each([
    [[]],
    [['--seed', '7']],
    [['--seed', '7', '--kills', '0']],
    [['--seed', '7', '--kills', '2', '--nodes', '7']],
    [['--seed', '7', '--kills', '2', '--deaths', '3']],
    [['--seed', 'x', '--kills', '2']],
  ])('says what there is when the command is %j', (args: string[]) => {
    expect(() => readArguments(args)).toThrow(UsageError);
    expect(() => readArguments(args)).toThrow('--kills K');
  });
});
