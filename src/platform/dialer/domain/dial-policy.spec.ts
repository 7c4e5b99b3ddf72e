import { describe, expect, it } from '@jest/globals';
import { parseAddress } from './address.js';
import { type DialPolicy, type DialRequest, refusalOfAddress, refusalOfTarget } from './dial-policy.js';
import { parseHost } from './host.js';
import { type HostList, parseHostList, parsePorts } from './host-list.js';

const list = (...entries: string[]): HostList => parseHostList(entries) ?? { names: new Set(), networks: [] };
const policy = (changes: Partial<DialPolicy> = {}): DialPolicy => ({
  allow: list(),
  deny: list(),
  ports: [{ first: 389, last: 389 }],
  isProduction: false,
  ...changes,
});
const request = (host: string, changes: Partial<DialRequest> = {}): DialRequest => ({
  host: parseHost(host),
  port: 389,
  purpose: 'connector',
  staysLocal: false,
  ...changes,
});
const verdict = (
  text: string,
  changes: Partial<DialPolicy> = {},
  more: Partial<DialRequest> = {},
): string => {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(`${text} is no address`);
  return refusalOfAddress(policy(changes), request('ldap.example.org', more), address) ?? 'allowed';
};
const EVERYTHING = list('0.0.0.0/0', '::/0', 'ldap.example.org');

const NEVER = [
  '0.0.0.0',
  '0.1.2.3',
  '255.255.255.255',
  '224.0.0.1',
  '239.255.255.255',
  '169.254.0.1',
  '169.254.169.254',
  '168.63.129.16',
  '100.100.100.200',
  '192.0.0.192',
  'fd00:ec2::254',
  'fd20:ce::254',
  '::',
  'fe80::1',
  'febf::1',
  'ff02::1',
  '::ffff:169.254.169.254',
  '::ffff:0.0.0.0',
  '::169.254.169.254',
  '64:ff9b::169.254.169.254',
  '64:ff9b:1::169.254.169.254',
  '64:ff9b:1:a9fe:a9:fe00::',
  '64:ff9b:1:a9:fe:a9fe::',
  '64:ff9b:1:0:a9:fea9:fe00:0',
  '64:ff9b:1::1',
  '2002:a9fe:a9fe::1',
  '2001:0:4136:e378:8000:63bf:5601:5601',
  'fe80::5efe:10.0.0.1',
];
const RESERVED = ['192.0.0.1', '198.18.0.1', '198.19.255.255', '240.0.0.1', '100::1', '4000::1'];
const USUAL = [
  '8.8.8.8',
  '10.0.0.1',
  '172.16.0.1',
  '192.168.1.1',
  '100.64.0.1',
  '2606:4700::1111',
  'fd12:3456::1',
  '64:ff9b::8.8.8.8',
  '64:ff9b:1::10.0.0.1',
  '64:ff9b:1:a00:0:100::',
  '2002:808:808::1',
];

describe('an address for a system', () => {
  it.each(USUAL)('may be public or in a private network: %s', (text) => {
    expect(verdict(text)).toBe('allowed');
    expect(verdict(text, { isProduction: true })).toBe('allowed');
  });

  it.each(NEVER)('is never one that no system is at, whatever is allowed: %s', (text) => {
    expect(verdict(text)).toContain('no setting opens it');
    expect(verdict(text, { allow: EVERYTHING })).toContain('no setting opens it');
    expect(verdict(text, { allow: EVERYTHING }, { purpose: 'directory' })).toContain('no setting opens it');
  });

  it.each(RESERVED)('is reserved until it is allowed: %s', (text) => {
    expect(verdict(text)).toContain('PROVOST_DIALER_ALLOW');
    expect(verdict(text, { allow: EVERYTHING })).toBe('allowed');
  });

  it.each([
    '127.0.0.1',
    '127.8.8.8',
    '::1',
    '::ffff:127.0.0.1',
    '64:ff9b::127.0.0.1',
    '64:ff9b:1::127.0.0.1',
    '2002:7f00:1::',
  ])('is this machine outside production, and in production when that is allowed: %s', (text) => {
    expect(verdict(text)).toBe('allowed');
    expect(verdict(text, { isProduction: true })).toContain('PROVOST_DIALER_ALLOW must open in production');
    expect(verdict(text, { isProduction: true, allow: EVERYTHING })).toBe('allowed');
    expect(verdict(text, { isProduction: true }, { purpose: 'directory' })).toBe('allowed');
  });

  it('is denied by its network, by what is embedded in it, and against what is allowed', () => {
    const deny = list('10.0.0.0/8');
    expect(verdict('10.9.9.9', { deny, allow: EVERYTHING })).toBe('PROVOST_DIALER_DENY holds 10.9.9.9');
    expect(verdict('::ffff:10.9.9.9', { deny })).toBe('PROVOST_DIALER_DENY holds 10.9.9.9');
    expect(verdict('2002:a09:909::1', { deny })).toContain('PROVOST_DIALER_DENY');
    expect(verdict('64:ff9b:1::10.9.9.9', { deny })).toContain('PROVOST_DIALER_DENY');
    expect(verdict('11.0.0.1', { deny })).toBe('allowed');
    expect(verdict('10.9.9.9', { deny }, { purpose: 'directory' })).toContain('PROVOST_DIALER_DENY');
  });

  it('is this machine alone for what is not encrypted, whatever is allowed', () => {
    const staysLocal = { staysLocal: true };
    expect(verdict('127.0.0.1', {}, staysLocal)).toBe('allowed');
    expect(verdict('::1', {}, staysLocal)).toBe('allowed');
    for (const text of ['10.0.0.1', '8.8.8.8', 'fd12::1', '64:ff9b::127.0.0.1', '2002:7f00:1::']) {
      expect(verdict(text, { allow: EVERYTHING }, staysLocal)).toContain('another machine');
    }
  });
});

describe('a target', () => {
  it('is refused before it is resolved when its port, its name or its spelling forbids it', () => {
    const named = policy({ deny: list('LDAP.example.org.') });
    expect(refusalOfTarget(policy(), request('ldap.example.org'))).toBeUndefined();
    expect(refusalOfTarget(policy(), request('ldap.example.org', { port: 22 }))).toContain(
      'PROVOST_DIALER_PORTS',
    );
    expect(refusalOfTarget(policy(), request('ldap.example.org', { port: Number.NaN }))).toContain(
      'port NaN',
    );
    expect(refusalOfTarget(named, request('ldap.EXAMPLE.org'))).toContain('PROVOST_DIALER_DENY');
    expect(refusalOfTarget(policy(), request('0x7f.1'))).toContain('127.0.0.1');
  });

  it('of notices may have any port, for only the configuration names it, but no name that is denied', () => {
    const webhook = { purpose: 'webhook', port: 443 } as const;
    const named = policy({ deny: list('hooks.example.org') });
    expect(refusalOfTarget(policy(), request('hooks.example.org', webhook))).toBeUndefined();
    expect(refusalOfTarget(named, request('hooks.example.org', webhook))).toContain('PROVOST_DIALER_DENY');
    expect(verdict('169.254.169.254', {}, webhook)).toContain('no setting opens it');
  });
});

describe('the lists of an administrator', () => {
  it.each([['10.0.0.0/99'], ['a b'], ['http://host'], ['0x7f.1'], ['fe80::1%eth0']])(
    'are refused with %j',
    (entry) => {
      expect(parseHostList(['good.example', entry])).toBeUndefined();
    },
  );

  it.each([['0'], ['65536'], ['9-8'], ['1-'], ['a'], ['-5'], ['']])(
    'are refused with the port %j',
    (entry) => {
      expect(parsePorts(['389', entry])).toBeUndefined();
    },
  );

  it('take ports and ranges', () => {
    expect(parsePorts(['389', '1024-65535'])).toEqual([
      { first: 389, last: 389 },
      { first: 1024, last: 65_535 },
    ]);
  });
});
