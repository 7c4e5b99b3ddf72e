import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { BerError, element } from './ber.js';
import { MessageSplitter } from './message-splitter.js';

describe('MessageSplitter', () => {
  it('gives the same messages, however the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 5 }),
        fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1 }),
        (contents, sizes) => {
          const messages = contents.map((content) => element(0x30, Buffer.from(content)));
          const splitter = new MessageSplitter(1000);
          const found = chunksOf(Buffer.concat(messages), sizes).flatMap((chunk) => [
            ...splitter.push(chunk),
          ]);
          expect(found).toEqual(messages);
        },
      ),
    );
  });

  it('refuses what is no LDAP message, and what is too large, at its header', () => {
    expect(() => [...new MessageSplitter(100).push(Buffer.from('GET / HTTP/1.1'))]).toThrow(BerError);
    const large = Buffer.from([0x30, 0x84, 0x40, 0, 0, 0]);
    expect(() => [...new MessageSplitter(100).push(large)]).toThrow('1073741830 bytes');
    expect([...new MessageSplitter(100).push(element(0x30, Buffer.alloc(98)))]).toHaveLength(1);
    expect(() => [...new MessageSplitter(100).push(element(0x30, Buffer.alloc(99)))]).toThrow(BerError);
  });

  it('accepts more once the limit is raised', () => {
    const splitter = new MessageSplitter(10);
    splitter.limit = 1000;
    expect([...splitter.push(element(0x30, Buffer.alloc(500)))]).toHaveLength(1);
  });
});

function chunksOf(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return chunks;
}
