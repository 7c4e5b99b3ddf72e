import { describe, expect, it } from '@jest/globals';
import { networkOf } from './login-limit-address.js';

describe('networkOf', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:c000:201', '192.0.2.1'],
    ['0:0:0:0:0:ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::1', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:db8:1:2:3:4:192.0.2.1', '2001:db8:1:2::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
  ])('takes %s as %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });

  it('keeps neighbours apart', () => {
    expect(networkOf('192.0.2.1')).not.toBe(networkOf('192.0.2.2'));
    expect(networkOf('2001:db8:1:2::1')).not.toBe(networkOf('2001:db8:1:3::1'));
    expect(networkOf('::192.0.2.1')).not.toBe('192.0.2.1');
  });

  it.each(['', 'unknown', '1:2', '1::2::3', 'g::1', '1:2:3:4:5:6:7:8:9', '12345::1', '1:2:3:4:5:6:7::8:9'])(
    'leaves %j as it is',
    (text) => {
      expect(networkOf(text)).toBe(text);
    },
  );
});
