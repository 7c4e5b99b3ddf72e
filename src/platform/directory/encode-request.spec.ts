import { describe, expect, it } from '@jest/globals';
import { AddRequest, Attribute } from 'ldapts';
import { readElements } from './ber.js';
import { encodeRequest, sizeOf } from './encode-request.js';

/** The values of the request's first attribute. */
function firstValuesOf(bytes: Buffer): readonly Buffer[] {
  const [message] = readElements(bytes);
  const [, operation] = readElements(message?.content ?? Buffer.alloc(0));
  const [, list] = readElements(operation?.content ?? Buffer.alloc(0));
  const [attribute] = readElements(list?.content ?? Buffer.alloc(0));
  const [, values] = readElements(attribute?.content ?? Buffer.alloc(0));
  return readElements(values?.content ?? Buffer.alloc(0)).map((value) => value.content);
}

describe('an encoded request', () => {
  it('keeps every byte, also where ldapts would let a value end exactly where its buffer does', () => {
    const large = Buffer.alloc(100_000, 0xd8);
    for (let size = 8_000; size <= 8_200; size += 1) {
      const values = [large, Buffer.alloc(size, 0xd9)];
      const attributes = [
        { type: 'jpegPhoto', values },
        { type: 'cn', values: ['Ada'] },
      ];
      const request = new AddRequest({
        messageId: 7,
        dn: 'uid=ada,dc=org',
        attributes: attributes.map((one) => new Attribute({ ...one, values: one.values as Buffer[] })),
      });

      const found = firstValuesOf(encodeRequest(request, sizeOf(request.dn, attributes)));

      if (!Buffer.concat(found).equals(Buffer.concat(values)))
        throw new Error(`${size} bytes did not survive`);
    }
  });

  it('is refused when one message cannot hold it', () => {
    const attributes = [new Attribute({ type: 'jpegPhoto', values: [Buffer.alloc(17 * 1024 * 1024)] })];
    const request = new AddRequest({ messageId: 1, dn: 'dc=org', attributes });

    expect(() => encodeRequest(request, sizeOf('dc=org', attributes))).toThrow('larger than the 16 MiB');
  });
});
