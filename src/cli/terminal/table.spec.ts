import { describe, expect, it } from '@jest/globals';
import type { Style } from './style.js';
import { layOutFields, layOutTable } from './table.js';
import { textWidth } from './text-width.js';

const plain: Style = { width: undefined, now: 0, paint: (_, text) => text };
const coloured: Style = { ...plain, paint: (tone, text) => (tone ? `<${tone}>${text}</>` : text) };

describe('layOutTable', () => {
  it('aligns columns whatever the script of their texts', () => {
    const text = layOutTable(
      ['NAME', 'CITY'],
      [
        ['王小明', 'Taipei'],
        ['Nova\u0301', 'Praha'],
        ['Li', 'Oslo'],
      ],
      plain,
    );
    expect(text.split('\n')).toEqual([
      'NAME    CITY',
      '王小明  Taipei',
      'Nova\u0301    Praha',
      'Li      Oslo',
    ]);
  });

  it('aligns the same with colours', () => {
    const rows = [
      [{ text: 'FAILED', tone: 'bad' as const }, 'x'],
      ['OK', 'y'],
    ];
    const strip = (text: string): string => text.replace(/<\/?\w*>/g, '');
    expect(strip(layOutTable(['STATE', 'NAME'], rows, coloured))).toBe(
      layOutTable(['STATE', 'NAME'], rows, plain),
    );
  });

  it('keeps a row one line and a cell inert, whatever the data', () => {
    const text = layOutTable(['NAME', 'X'], [['a\u001b[2Jb\nc', 'y\u009b\r']], plain);
    expect(text.split('\n')).toEqual(['NAME          X', String.raw`a\x1b[2Jb\nc  y\x9b\x0d`]);
  });

  it('cuts the last column where the terminal ends, and nowhere else', () => {
    const rows = [['o1-1', 'The last attempt failed: 接続が拒否されました, and so on']];
    const narrow = layOutTable(['ID', 'WHY'], rows, { ...plain, width: 40 });
    for (const line of narrow.split('\n')) expect(textWidth(line)).toBeLessThanOrEqual(40);
    expect(narrow).toContain('…');
    expect(layOutTable(['ID', 'WHY'], rows, plain)).toContain('and so on');
  });

  it('takes a hundred thousand rows', () => {
    const rows = Array.from({ length: 100_000 }, (_, index) => [String(index)]);
    expect(layOutTable(['N'], rows, plain).length).toBeGreaterThan(500_000);
  });
});

describe('layOutFields', () => {
  it('puts values under each other and makes them inert', () => {
    const fields = [
      ['Login', 'anna'],
      ['Display name', 'A\u0007'],
    ] as const;
    expect(layOutFields(fields, plain)).toBe('Login         anna\nDisplay name  A\\x07');
  });

  it('wraps long values under themselves on a terminal only', () => {
    const fields = [
      ['Why', 'connect refused again'],
      ['Id', 'o1-1'],
    ] as const;
    expect(layOutFields(fields, { ...plain, width: 20 })).toBe('Why  connect refused\n     again\nId   o1-1');
    expect(layOutFields(fields, plain)).toBe('Why  connect refused again\nId   o1-1');
  });
});
