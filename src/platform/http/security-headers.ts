// The headers of every answer, whoever writes it: a route, an error, or the server before there is a request.
import type { OutgoingHttpHeaders } from 'node:http';

/** No part of an answer may be run, framed, sniffed, cached or read by another origin. */
const ALWAYS = {
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'origin-agent-cluster': '?1',
  'permissions-policy':
    'accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-dns-prefetch-control': 'off',
  'x-frame-options': 'DENY',
  'x-permitted-cross-domain-policies': 'none',
} as const;

/** A year: browsers that once came by TLS come by nothing else. */
const HSTS = { 'strict-transport-security': 'max-age=31536000; includeSubDomains' } as const;

/** @param publicUrl where people reach the service; browsers are held to TLS when it is an https URL */
export function securityHeaders(publicUrl: string | undefined): OutgoingHttpHeaders & Record<string, string> {
  return publicUrl?.startsWith('https:') === true ? { ...ALWAYS, ...HSTS } : { ...ALWAYS };
}
