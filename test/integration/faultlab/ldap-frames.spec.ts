// The proxy of the fault laboratory follows LDAP message by message, however the bytes are cut.
import { describe, expect, it } from '@jest/globals';
import { LdapFrames } from '../../../bench/faultlab/ldap-frames.js';

const DN = 'uid=p1-1,ou=people,dc=example,dc=org';

/** BER by hand: a tag, a length in the short or the long form, the content. */
function element(tag: number, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content);
  const length =
    body.length < 0x80 ? [body.length] : [0x82, Math.floor(body.length / 256), body.length % 256];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}

function message(id: number, operation: Buffer): Buffer {
  return element(0x30, element(0x02, Buffer.from([id])), operation);
}

const octets = (text: string): Buffer => element(0x04, Buffer.from(text));
const addition = message(3, element(0x68, octets(DN), element(0x30, octets('x'.repeat(300)))));
const modification = message(4, element(0x66, octets(DN), element(0x30)));
const renaming = message(5, element(0x6c, octets(DN), octets('uid=p1-2')));
const deletion = message(6, element(0x4a, Buffer.from(DN)));
const search = message(7, element(0x63, octets('dc=example,dc=org')));
const refusal = message(6, element(0x6b, element(0x0a, Buffer.from([32])), octets(''), octets('not there')));
const all = Buffer.concat([addition, modification, search, renaming, deletion, refusal]);

describe('the frames of LDAP', () => {
  it('tell writes with their names, and answers with their codes, from everything else', () => {
    expect(
      new LdapFrames().push(all).map(({ messageId, write, result }) => ({ messageId, write, result })),
    ).toEqual([
      { messageId: 3, write: { kind: 'add', dn: DN } },
      { messageId: 4, write: { kind: 'modify', dn: DN } },
      { messageId: 7 },
      { messageId: 5, write: { kind: 'rename', dn: DN } },
      { messageId: 6, write: { kind: 'delete', dn: DN } },
      { messageId: 6, result: 32 },
    ]);
  });

  it.each([1, 2, 7, 100])('are the same when the bytes come %i at a time, and lose none', (size) => {
    const frames = new LdapFrames();
    const seen: Buffer[] = [];
    for (let at = 0; at < all.length; at += size)
      seen.push(...frames.push(all.subarray(at, at + size)).map(({ bytes }) => Buffer.from(bytes)));
    expect(seen).toHaveLength(6);
    expect(Buffer.concat(seen).equals(all)).toBe(true);
  });

  it('refuse a stream that is no LDAP', () => {
    expect(() => new LdapFrames().push(Buffer.from('GET / HTTP/1.1\r\n'))).toThrow('no LDAP');
    expect(() => new LdapFrames().push(Buffer.from([0x30, 0x85, 1, 1, 1, 1, 1]))).toThrow('no LDAP');
  });
});
