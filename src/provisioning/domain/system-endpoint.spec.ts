import { describe, expect, it } from '@jest/globals';
import { faultOfProtection, type SystemEndpoint, warningOfProtection } from './system-endpoint.js';

const endpoint = (changes: Partial<SystemEndpoint> = {}): SystemEndpoint => ({
  host: 'ldap.example.org',
  port: 389,
  isEncrypted: false,
  ...changes,
});
const fault = (changes: Partial<SystemEndpoint>, isProduction = false, isLocal = false): string =>
  faultOfProtection(endpoint(changes), { isProduction, isLocal })?.reason ?? 'none';

describe('the protection of a system', () => {
  it('is TLS with a certificate that is verified', () => {
    expect(fault({ isEncrypted: true }, true)).toBe('none');
    expect(fault({ isEncrypted: true, caCertificate: 'PEM' }, true)).toBe('none');
    expect(warningOfProtection(endpoint({ isEncrypted: true }))).toBeUndefined();
  });

  it('is not needed on this machine', () => {
    expect(fault({}, false, true)).toBe('none');
    expect(fault({}, true, true)).toBe('none');
  });

  it('is missing in clear text to anywhere else, with what to do', () => {
    expect(fault({})).toContain('set insecure to "clear-text"');
    expect(fault({}, true)).toMatch(/in clear text: use TLS$/);
  });

  it('can be done without outside production, and is warned of', () => {
    const clear = { insecure: 'clear-text' } as const;
    const unverified = { isEncrypted: true, insecure: 'unverified-certificate' } as const;
    for (const chosen of [clear, unverified]) {
      expect(fault(chosen)).toBe('none');
      expect(fault(chosen, true)).toContain('not allowed in production');
      expect(warningOfProtection(endpoint(chosen))).toEqual({
        code: chosen.insecure,
        text: expect.stringContaining('ldap.example.org'),
      });
    }
  });

  it.each<[string, Partial<SystemEndpoint>]>([
    ['clear text over TLS', { isEncrypted: true, insecure: 'clear-text' }],
    ['an unverified certificate without TLS', { insecure: 'unverified-certificate' }],
    [
      'an unverified certificate and an authority to verify it',
      { isEncrypted: true, insecure: 'unverified-certificate', caCertificate: 'PEM' },
    ],
  ])('makes no sense as %s', (_what, changes) => {
    expect(fault(changes, false, true)).not.toBe('none');
  });
});
