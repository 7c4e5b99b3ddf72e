import { describe, expect, it } from '@jest/globals';
import { isLocalName, parseHost } from './host.js';

describe('a host', () => {
  it.each([
    ['ldap.example.org', 'ldap.example.org'],
    ['LDAP.Example.ORG.', 'ldap.example.org'],
    ['db_1', 'db_1'],
    ['münchen.example', 'xn--mnchen-3ya.example'],
    ['xn--mnchen-3ya.example', 'xn--mnchen-3ya.example'],
    ['ｌｄａｐ。example', 'ldap.example'],
  ])('is one name in one spelling: %s', (text, name) => {
    expect(parseHost(text)).toEqual({ kind: 'name', name });
  });

  it.each(['10.0.0.1', '[::1]', '::1', '[::ffff:10.0.0.1]', 'FE80::1'])('is an address: %s', (text) => {
    expect(parseHost(text).kind).toBe('address');
  });

  it.each([
    ['0x7f.1', '127.0.0.1'],
    ['2130706433', '127.0.0.1'],
    ['127.1', '127.0.0.1'],
    ['0177.0.0.1', '127.0.0.1'],
    ['127.0.0.1.', '127.0.0.1'],
    ['１２７.０.０.１', '127.0.0.1'],
  ])('is not an address in a spelling that others read differently: %s', (text, usual) => {
    expect(parseHost(text)).toEqual({ kind: 'unreadable', reason: `write the address as ${usual}` });
  });

  it.each([
    '',
    ' ',
    '.',
    'a..b',
    'fe80::1%eth0',
    '[fe80::1%25eth0]',
    '127.0.0.1%00',
    'user@127.0.0.1',
    'a:b@c',
    'host:389',
    'host/path',
    'host\\path',
    'host?x',
    'host#x',
    'a b',
    'a\u0000b',
    '[10.0.0.1]',
    '[ldap.example.org]',
    '[::1',
    'ａ／ｂ',
    '-leading.example',
    `${'a'.repeat(64)}.example`,
    `${'a.'.repeat(127)}example`,
    '/var/run/postgresql',
  ])('is not %j', (text) => {
    expect(parseHost(text).kind).toBe('unreadable');
  });

  it('is this machine under its reserved names', () => {
    expect(['localhost', 'db.localhost', 'localhost.example', 'mylocalhost'].map(isLocalName)).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});
