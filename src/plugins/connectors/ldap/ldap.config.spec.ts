import { describe, expect, it } from '@jest/globals';
import { ldapConfig, ldapEndpoint } from './ldap.config.js';

const valid = { url: 'ldap://ldap.example.org', bindDn: 'cn=provost,dc=org', baseDn: 'dc=org' };

describe('the settings of a directory', () => {
  it('have defaults that are safe to begin with', () => {
    expect(ldapConfig.parse(valid)).toMatchObject({ startTls: false, poolSize: 3 });
    expect(ldapConfig.parse(valid).binaryAttributes).toContain('jpegPhoto');
  });

  it.each([
    ['another scheme', { url: 'http://ldap.example.org' }, 'url'],
    ['no host', { url: 'ldap://' }, 'url'],
    ['an escaped host', { url: 'ldap://127.0.0.1%00' }, 'url'],
    ['a base in the address', { url: 'ldap://host/dc=org' }, 'url'],
    ['a password in the address', { url: 'ldap://admin:secret@host' }, 'url'],
    ['something that is no DN', { baseDn: 'example.org' }, 'baseDn'],
    ['an anonymous login', { bindDn: '' }, 'bindDn'],
    ['StartTLS over ldaps', { url: 'ldaps://host', startTls: true }, 'startTls'],
    ['a certificate for clear text', { caCertificate: 'x' }, 'caCertificate'],
    [
      'a broken certificate',
      { url: 'ldaps://host', caCertificate: '-----BEGIN CERTIFICATE-----\nx' },
      'caCertificate',
    ],
    ['too many connections', { poolSize: 9 }, 'poolSize'],
    ['a strange attribute name', { binaryAttributes: ['jpeg photo'] }, 'binaryAttributes'],
    ['the password', { password: 'x' }, undefined],
  ])('refuse %s', (_what, change, path) => {
    const { error } = ldapConfig.safeParse({ ...valid, ...change });

    expect(error?.issues[0]?.path[0]).toBe(path);
    expect(error).toBeDefined();
  });

  it.each<[string, Record<string, unknown>, object]>([
    ['ldap', {}, { host: 'ldap.example.org', port: 389, isEncrypted: false }],
    ['StartTLS', { startTls: true }, { port: 389, isEncrypted: true }],
    ['ldaps', { url: 'LDAPS://ldap.example.org' }, { port: 636, isEncrypted: true }],
    ['an address of IPv6', { url: 'ldap://[::1]:1389/' }, { host: '::1', port: 1389 }],
    ['another script', { url: 'ldaps://münchen.example' }, { host: 'xn--mnchen-3ya.example' }],
    ['what it does without', { insecure: 'clear-text' }, { insecure: 'clear-text' }],
  ])('say where they lead: %s', (_what, change, endpoint) => {
    expect(ldapEndpoint(ldapConfig.parse({ ...valid, ...change }))).toMatchObject(endpoint);
  });

  it.each(['ldap://127.0.0.1:1389', 'ldaps://[::1]:636', 'LDAP://host/'])('take %s', (url) => {
    expect(ldapConfig.safeParse({ ...valid, url }).success).toBe(true);
  });
});
