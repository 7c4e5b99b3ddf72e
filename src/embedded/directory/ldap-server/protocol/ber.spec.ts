import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { BerError, BerReader, boolean, element, integer, octetString, readHeader, sequence } from './ber.js';

describe('writing', () => {
  it.each<[number, number[]]>([
    [0, [2, 1, 0]],
    [127, [2, 1, 127]],
    [128, [2, 2, 0, 128]],
    [-1, [2, 1, 255]],
    [-129, [2, 2, 255, 127]],
    [65_536, [2, 3, 1, 0, 0]],
    [2_147_483_647, [2, 4, 127, 255, 255, 255]],
  ])('gives %d the shortest form', (value, bytes) => {
    expect([...integer(value)]).toEqual(bytes);
  });

  it.each<[number, number[]]>([
    [127, [4, 127]],
    [128, [4, 0x81, 128]],
    [256, [4, 0x82, 1, 0]],
    [65_536, [4, 0x83, 1, 0, 0]],
  ])('writes the length %d in as few bytes as it takes', (length, header) => {
    const bytes = octetString(Buffer.alloc(length));
    expect([...bytes.subarray(0, header.length)]).toEqual(header);
    expect(bytes).toHaveLength(header.length + length);
  });

  it('is read back', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.string({ unit: 'binary' }),
        fc.uint8Array(),
        fc.boolean(),
        (number, text, bytes, truth) => {
          const written = sequence(
            integer(number),
            octetString(text),
            octetString(Buffer.from(bytes)),
            boolean(truth),
          );
          const reader = new BerReader(written).enter();
          expect(reader.integer()).toBe(number);
          expect(reader.text()).toBe(text);
          expect([...reader.octets()]).toEqual([...bytes]);
          expect(reader.boolean()).toBe(truth);
          expect(reader.done).toBe(true);
        },
      ),
    );
  });
});

describe('reading', () => {
  it('waits for a header that has not arrived in full', () => {
    const whole = element(0x30, Buffer.alloc(300));
    expect(readHeader(whole.subarray(0, 3))).toBeUndefined();
    expect(readHeader(whole)).toEqual({ tag: 0x30, size: 4, length: 300 });
  });

  it.each<[string, number[], (reader: BerReader) => unknown]>([
    ['an element that is not there', [], (reader) => reader.next()],
    ['an element that is cut off', [4, 3, 1, 2], (reader) => reader.next()],
    ['another tag', [2, 1, 1], (reader) => reader.octets()],
    ['a tag of several bytes', [0x1f, 0x81, 1, 0], (reader) => reader.next()],
    ['an indefinite length', [0x30, 0x80, 0, 0], (reader) => reader.next()],
    ['a length of five bytes', [4, 0x85, 0, 0, 0, 0, 1, 1], (reader) => reader.next()],
    ['an integer without bytes', [2, 0], (reader) => reader.integer()],
    ['an integer of five bytes', [2, 5, 1, 1, 1, 1, 1], (reader) => reader.integer()],
    ['a boolean of two bytes', [1, 2, 0, 0], (reader) => reader.boolean()],
    ['a text that is no UTF-8', [4, 2, 0xc3, 0x28], (reader) => reader.text()],
    ['an overlong encoding of a slash', [4, 2, 0xc0, 0xaf], (reader) => reader.text()],
    ['half of a surrogate pair', [4, 3, 0xed, 0xa0, 0x80], (reader) => reader.text()],
  ])('refuses %s', (_, bytes, read) => {
    expect(() => read(new BerReader(Buffer.from(bytes)))).toThrow(BerError);
  });

  it('keeps a byte order mark, which is part of the text', () => {
    expect(new BerReader(octetString('\uFEFFx')).text()).toBe('\uFEFFx');
  });
});
