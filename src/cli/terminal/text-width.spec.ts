import { describe, expect, it } from '@jest/globals';
import { cutToWidth, textWidth, wrapToWidth } from './text-width.js';

describe('textWidth', () => {
  it.each([
    ['anna', 4],
    ['Nová', 4],
    ['Nova\u0301', 4],
    ['王小明', 6],
    ['한국', 4],
    ['\u1112\u1161\u11ab', 2],
    ['ｱ', 1],
    ['Ａ', 2],
    ['👍', 2],
    ['👩‍🔬', 2],
    ['❤️', 2],
    ['', 0],
  ])('of %s is %d', (text, width) => {
    expect(textWidth(text)).toBe(width);
  });
});

describe('wrapToWidth', () => {
  it.each([
    ['one two three', 7, ['one two', 'three']],
    ['one two three', 20, ['one two three']],
    ['unbreakable no', 5, ['unbreakable', 'no']],
    ['王 小明', 4, ['王', '小明']],
    ['', 5, ['']],
  ])('breaks “%s” at %d between words', (text, width, lines) => {
    expect(wrapToWidth(text, width)).toEqual(lines);
  });
});

describe('cutToWidth', () => {
  it.each([
    ['anna', 4, 'anna'],
    ['annabel', 4, 'ann…'],
    ['王小明', 4, '王…'],
    ['Nova\u0301k', 4, 'Nov…'],
    ['Nova\u0301kova', 5, 'Nova\u0301…'],
  ])('cuts %s at %d between what a person sees as letters', (text, width, shown) => {
    expect(cutToWidth(text, width)).toBe(shown);
  });
});
