// What every answer must carry, written down once more: a change of the service's own list shows here.
import { expect } from '@jest/globals';

const EXPECTED = {
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'origin-agent-cluster': '?1',
  'permissions-policy': expect.stringMatching(/camera=\(\).*geolocation=\(\).*microphone=\(\)/),
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-dns-prefetch-control': 'off',
  'x-frame-options': 'DENY',
  'x-permitted-cross-domain-policies': 'none',
  'x-request-id': expect.stringMatching(/^[A-Za-z0-9._-]{8,64}$/),
};

/** What no answer has: who serves it, and leave for another origin. */
const NEVER = ['x-powered-by', 'server', 'access-control-allow-origin', 'strict-transport-security'];

/** @param except what stands in the place of some of them here */
export function expectSecurityHeaders(
  headers: Headers,
  except: Partial<Record<keyof typeof EXPECTED, unknown>> = {},
): void {
  const all = Object.fromEntries(headers);
  expect(all).toMatchObject({ ...EXPECTED, ...except });
  expect(NEVER.filter((name) => name in all)).toEqual([]);
}
