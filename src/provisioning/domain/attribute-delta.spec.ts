import { describe, expect, it } from '@jest/globals';
import { assert, boolean, property, string, uniqueArray } from 'fast-check';
import { attributeDeltas, initialAttributes, type Value, type WantedAttribute } from './attribute-delta.js';

function wanted(
  attribute: string,
  values: readonly Value[],
  overrides: Partial<WantedAttribute> = {},
): WantedAttribute {
  return { attribute, values, strategy: 'set', isMultivalued: false, ...overrides };
}

describe('the difference between wanted and current values', () => {
  it('is empty for equal values in any order and case of the name', () => {
    expect(
      attributeDeltas([wanted('mail', ['a', 'b'], { isMultivalued: true })], { MAIL: ['b', 'a'] }),
    ).toEqual([]);
  });

  it('replaces a single value', () => {
    expect(attributeDeltas([wanted('sn', ['New'])], { sn: ['Old'] })).toEqual([
      { attribute: 'sn', replace: ['New'] },
    ]);
  });

  it('clears what nobody wants any more', () => {
    expect(attributeDeltas([wanted('title', [])], { title: ['Dr.'] })).toEqual([
      { attribute: 'title', replace: [] },
    ]);
  });

  it('adds and removes single values of many', () => {
    expect(
      attributeDeltas([wanted('role', ['a', 'c'], { isMultivalued: true })], { role: ['a', 'b'] }),
    ).toEqual([{ attribute: 'role', add: ['c'], remove: ['b'] }]);
  });

  it('compares bytes by their content', () => {
    expect(
      attributeDeltas([wanted('photo', [Uint8Array.of(1, 2)])], { photo: [Uint8Array.of(1, 2)] }),
    ).toEqual([]);
    expect(
      attributeDeltas([wanted('photo', [Uint8Array.of(1, 2)])], { photo: [Uint8Array.of(1, 3)] }),
    ).toHaveLength(1);
  });

  it('leaves alone what was only given at creation', () => {
    expect(attributeDeltas([wanted('shell', ['/bin/sh'], { strategy: 'create' })], {})).toEqual([]);
    expect(
      initialAttributes([wanted('shell', ['/bin/sh'], { strategy: 'create' }), wanted('title', [])]),
    ).toEqual({ shell: ['/bin/sh'] });
  });

  it('makes any current values the wanted ones when it is applied', () => {
    const values = uniqueArray(string({ maxLength: 3 }), { maxLength: 5 });
    assert(
      property(values, values, boolean(), (current, target, isMultivalued) => {
        let now = new Set(current);
        for (const delta of attributeDeltas([wanted('x', target, { isMultivalued })], { x: current })) {
          if ('replace' in delta) now = new Set(delta.replace as string[]);
          else {
            for (const value of delta.remove) now.delete(value as string);
            for (const value of delta.add) now.add(value as string);
          }
        }
        expect([...now].toSorted()).toEqual(target.toSorted());
      }),
    );
  });
});
