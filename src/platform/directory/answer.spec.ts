import { describe, expect, it } from '@jest/globals';
import { array, assert, integer, property, uint8Array } from 'fast-check';
import { decodeAnswer } from './answer.js';
import { decodePageCookie, decodePostRead, OID } from './controls.js';
import { DirectoryConnectionError } from './directory-error.js';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

/** cn: Ada, and a value of bytes, with a control of which nothing is known. */
const ENTRY = hex(
  '020105 641b 0404 64633d61 3013 300a 0402 434e 3104 0402 c3a9 3005 0401 78 3100 a009 3007 0403 312e32 0400',
);
const RESULT = hex('020106 6910 0a0144 0403 613d62 0406 0a 6e6f 07 6421');

describe('an answer', () => {
  it('is an entry with exact bytes by lower-case names', () => {
    const answer = decodeAnswer(ENTRY);

    expect(answer).toMatchObject({ kind: 'entry', messageId: 5, entry: { dn: 'dc=a' } });
    expect(answer.kind === 'entry' ? [...answer.entry.attributes] : []).toEqual([
      ['cn', [hex('c3a9')]],
      ['x', []],
    ]);
  });

  it('is a result with the server’s words on one line', () => {
    expect(decodeAnswer(RESULT)).toMatchObject({ kind: 'result', code: 68, diagnostic: 'no d!' });
  });

  it('is decoded or refused, never anything else, when its bytes are damaged', () => {
    const damage = array(integer({ min: 0, max: 255 }), { minLength: 1, maxLength: 4 });
    assert(
      property(damage, integer({ min: 0, max: ENTRY.length - 1 }), (bytes, at) => {
        for (const original of [ENTRY, RESULT]) {
          const copy = Buffer.from(original);
          bytes.forEach((byte, index) => copy.writeUInt8(byte, (at + index) % copy.length));
          expectDecodedOrRefused(() => decodeAnswer(copy));
        }
      }),
      { numRuns: 5_000 },
    );
  });

  it('is decoded or refused when its bytes are random', () => {
    assert(
      property(uint8Array({ maxLength: 64 }), (bytes) => {
        expectDecodedOrRefused(() => decodeAnswer(Buffer.from(bytes)));
        const controls = new Map(Object.values(OID).map((oid) => [oid as string, Buffer.from(bytes)]));
        expectDecodedOrRefused(() => decodePostRead(controls));
        expectDecodedOrRefused(() => decodePageCookie(controls));
      }),
      { numRuns: 5_000 },
    );
  });

  it('is refused when it holds more values than memory should', () => {
    const values = Buffer.alloc(2 * 600_000);
    for (let at = 0; at < values.length; at += 2) values[at] = 4;
    const wrap = (tag: number, content: Buffer): Buffer => {
      const header = Buffer.alloc(6);
      header.writeUInt8(tag, 0);
      header.writeUInt8(0x84, 1);
      header.writeUInt32BE(content.length, 2);
      return Buffer.concat([header, content]);
    };
    const attribute = wrap(0x30, Buffer.concat([hex('0401 78'), wrap(0x31, values)]));
    const entry = wrap(0x64, Buffer.concat([hex('0400'), wrap(0x30, attribute)]));

    expect(() => decodeAnswer(Buffer.concat([hex('020101'), entry]))).toThrow('more than 500000 values');
  });
});

describe('a control of a response', () => {
  it('gives the entry as it is after the change, in the standard’s form and in OpenLDAP’s', () => {
    const entry = '0404 64633d61 3008 3006 0402 636e 3100';
    for (const tag of ['64', '30']) {
      const value = hex(`${tag}10${entry}`);
      expect(decodePostRead(new Map([[OID.postRead, value]]))?.dn).toBe('dc=a');
    }
    expect(decodePostRead(new Map())).toBeUndefined();
  });

  it('gives the cookie of the next page', () => {
    expect(decodePageCookie(new Map([[OID.pagedResults, hex('3006 020100 0401 61')]]))).toEqual(hex('61'));
    expect(decodePageCookie(new Map([[OID.pagedResults, hex('3005 020100 0400')]]))).toEqual(hex(''));
    expect(decodePageCookie(new Map())).toBeUndefined();
  });
});

function expectDecodedOrRefused(decode: () => unknown): void {
  try {
    decode();
  } catch (error) {
    expect(error).toBeInstanceOf(DirectoryConnectionError);
  }
}
