import { describe, expect, it } from '@jest/globals';
import { toAttributes, toParameter } from './sql.mapping.js';
import type { Column } from './table-description.js';

const text: Column = {
  name: 'nick',
  type: 'text',
  printedAs: null,
  isArray: false,
  isBinary: false,
  isNullable: true,
  hasDefault: false,
  isWritable: true,
};
const texts = { ...text, name: 'tags', type: 'text[]', isArray: true };
const bytes = { ...text, name: 'photo', type: 'bytea', isBinary: true };

describe('values for a column', () => {
  it('are one, or an array of them, or null', () => {
    expect(toParameter(text, ['a'])).toBe('a');
    expect(toParameter(text, [])).toBeNull();
    expect(toParameter(texts, ['a', 'b'])).toEqual(['a', 'b']);
    expect(toParameter(texts, [])).toBeNull();
    expect(toParameter({ ...texts, isNullable: false }, [])).toEqual([]);
  });

  it('are bytes in a column of bytes and text elsewhere', () => {
    expect(toParameter(bytes, [new Uint8Array([0, 255])])).toEqual(Buffer.from([0, 255]));
    expect(toParameter(bytes, ['\\x41'])).toEqual(Buffer.from('\\x41'));
    expect(toParameter(text, [Buffer.from('é')])).toBe('é');
  });

  it.each([
    [text, ['a', 'b'], 'holds one value'],
    [text, [Buffer.from([0xff])], 'holds text'],
    [text, ['a\u0000b'], 'NUL'],
    [text, [Buffer.from('a\u0000')], 'NUL'],
    [texts, ['a', '\udfff'], 'Unicode'],
  ])('are refused when the column cannot hold them', (column, values, reason) => {
    expect(() => toParameter(column, values)).toThrow(reason);
  });
});

describe('the cells of a row', () => {
  it('are attributes by column name, without null and nothing', () => {
    const columns = [text, texts, bytes, { ...text, name: 'none' }, { ...texts, name: 'empty' }];
    const row = { cell_0: 'a', cell_1: ['b', null, ''], cell_2: Buffer.from([1]), cell_3: null, cell_4: [] };

    expect(toAttributes(row, columns)).toEqual({
      nick: ['a'],
      tags: ['b', ''],
      photo: [new Uint8Array([1])],
    });
  });
});
