import { BlockList, isIP } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { assert, constantFrom, integer, ipV4, ipV6, oneof, property, stringMatching } from 'fast-check';
import { embeddedV4s, type IpAddress, isWithin, parseAddress, parseNetwork } from './address.js';

const read = (text: string): IpAddress => {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(`${text} is no address`);
  return address;
};

describe('an address', () => {
  it('is what Node takes for one, and nothing else', () => {
    const almost = stringMatching(/^[0-9a-f:.]{1,20}$/);
    assert(
      property(oneof(ipV4(), ipV6(), almost), (text) => {
        expect(parseAddress(text) !== undefined).toBe(isIP(text) !== 0);
      }),
      { numRuns: 5_000 },
    );
  });

  it.each([
    '0x7f.1',
    '2130706433',
    '127.1',
    '0177.0.0.1',
    '127.0.0.01',
    '127.0.0.1.',
    '256.0.0.1',
    '::1%lo',
    '',
  ])('is not %j', (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });

  it('is in the networks that Node says it is in', () => {
    assert(
      property(ipV4(), ipV4(), integer({ min: 0, max: 32 }), (text, base, prefix) => {
        const list = new BlockList();
        list.addSubnet(base, prefix, 'ipv4');
        const network = parseNetwork(`${base}/${prefix}`);
        expect(network !== undefined && isWithin(network, read(text))).toBe(list.check(text, 'ipv4'));
      }),
    );
    assert(
      property(
        ipV6(),
        integer({ min: 1, max: 128 }),
        constantFrom('ffff::', '::', '2001:db8::'),
        (text, prefix, other) => {
          const list = new BlockList();
          const base = prefix % 2 === 0 ? text : other;
          list.addSubnet(base, prefix, 'ipv6');
          const network = parseNetwork(`${base}/${prefix}`);
          // Node compares a mapped address as IPv6; here it is the IPv4 address that it means.
          const address = read(text);
          if (address.family === 4 || network?.family !== 6) return;
          expect(isWithin(network, address)).toBe(list.check(text, 'ipv6'));
        },
      ),
    );
  });

  it.each(['::ffff:127.0.0.1', '::FFFF:7f00:1', '0:0:0:0:0:ffff:127.0.0.1'])(
    'is the IPv4 address that is mapped into it: %s',
    (text) => {
      expect(read(text)).toMatchObject({ family: 4, text: '127.0.0.1' });
    },
  );

  it.each([
    ['::127.0.0.1', '127.0.0.1'],
    ['::ffff:0:10.1.2.3', '10.1.2.3'],
    ['64:ff9b::169.254.169.254', '169.254.169.254'],
    ['2002:7f00:1::', '127.0.0.1'],
    ['2001:0:4136:e378:8000:63bf:80ff:fffe', '127.0.0.1'],
    ['2001:db8::5efe:192.168.0.1', '192.168.0.1'],
    ['2001:db8::200:5efe:192.168.0.1', '192.168.0.1'],
  ])('may lead to an IPv4 address by a translator or a tunnel: %s', (text, embedded) => {
    expect(embeddedV4s(read(text)).map((one) => one.text)).toEqual([embedded]);
  });

  it.each(['2001:db8::1', '::1', '127.0.0.1', '64:ff9b:2::127.0.0.1'])('leads to itself: %s', (text) => {
    expect(embeddedV4s(read(text))).toEqual([]);
  });

  it.each([
    ['/48', '64:ff9b:1:c0a8:1:200::'],
    ['/56', '64:ff9b:1:c0:a8:102::'],
    ['/64', '64:ff9b:1:0:c0:a801:200:0'],
    ['/96', '64:ff9b:1::c0a8:102'],
    ['/96 of another subnet', '64:ff9b:1:7:0:9:c0a8:102'],
  ])('leads to an IPv4 address by a translator of a local network with a prefix of %s', (_, text) => {
    expect(embeddedV4s(read(text)).map((one) => one.text)).toContain('192.168.1.2');
  });
});

describe('a network', () => {
  it.each(['10.0.0.0/33', '::/129', '10.0.0.0/', '10.0.0.0/8/8', '10.0.0.0/-1', 'ten/8', '/8'])(
    'is not %j',
    (text) => {
      expect(parseNetwork(text)).toBeUndefined();
    },
  );
});
