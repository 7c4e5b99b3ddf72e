import { describe, expect, it } from '@jest/globals';
import { MessageReader } from './message-reader.js';

const short = Buffer.from('3003020101', 'hex');
const long = Buffer.concat([Buffer.from('308200c8', 'hex'), Buffer.alloc(200, 7)]);

describe('a stream of messages', () => {
  it('is cut at the same places however it arrives', () => {
    const stream = Buffer.concat([short, long, short, long]);
    for (let size = 1; size <= stream.length; size += 1) {
      const reader = new MessageReader();
      const messages: Buffer[] = [];
      for (let at = 0; at < stream.length; at += size) {
        messages.push(...reader.push(stream.subarray(at, at + size)));
      }

      expect(messages.map((message) => message.length)).toEqual([3, 200, 3, 200]);
      expect(reader.isEmpty).toBe(true);
    }
  });

  it('tells when bytes are left over', () => {
    const reader = new MessageReader();

    expect(reader.push(Buffer.concat([short, long.subarray(0, 9)]))).toHaveLength(1);
    expect(reader.isEmpty).toBe(false);
  });

  it.each([
    ['an indefinite length', '3080020101'],
    ['a length of five bytes', '308500000000010101'],
    ['a gigabyte', '308440000000'],
    ['another tag', '3103020101'],
    ['a tag of several bytes', '3f8103020101'],
  ])('is refused at once: %s', (_what, hex) => {
    expect(() => new MessageReader().push(Buffer.from(hex, 'hex'))).toThrow('not LDAP');
  });
});
