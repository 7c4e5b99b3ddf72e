import { isIP } from 'node:net';
import { z } from 'zod';
import { defineSettings, setting, type SettingsOf } from '../config/index.js';

const networks = z
  .string()
  .default('')
  .transform((text) => text.split(',').map((entry) => entry.trim()))
  .transform((entries) => entries.filter((entry) => entry !== ''))
  .refine((entries) => entries.every(isNetwork), {
    error: 'must be addresses or networks such as 10.0.0.0/8, with commas between',
  })
  .readonly();

const publicUrl = z
  .url({ protocol: /^https?$/, error: 'must be an http or https URL', abort: true })
  .refine((text) => {
    const { search, hash, username } = new URL(text);
    return `${search}${hash}${username}` === '';
  }, 'must have no query, fragment or user')
  .optional();

export const httpSettings = defineSettings('http', {
  host: setting('HOST', z.string().min(1).default('127.0.0.1'), 'Address to listen on; 0.0.0.0 for all.'),
  port: setting(
    'PORT',
    z.coerce.number().int().min(0).max(65_535).default(3000),
    'TCP port to listen on; 0 for any free one.',
  ),
  publicUrl: setting(
    'PROVOST_HTTP_PUBLIC_URL',
    publicUrl,
    'Where people and programs reach the service; with https, browsers are told to use nothing else.',
  ),
  trustedProxies: setting(
    'PROVOST_HTTP_TRUSTED_PROXIES',
    networks,
    "Addresses and networks of proxies whose X-Forwarded-For names the caller, with commas between; anybody else's is ignored.",
  ),
  drainSeconds: setting(
    'PROVOST_HTTP_DRAIN_SECONDS',
    z.coerce.number().int().min(0).max(300).default(10),
    'Seconds for which a process that stops lets answers end; then their connections are cut.',
  ),
  idempotencyHours: setting(
    'PROVOST_HTTP_IDEMPOTENCY_HOURS',
    z.coerce.number().int().min(24).max(168).default(24),
    'Hours for which a request with an Idempotency-Key can be repeated.',
  ),
});

export type HttpSettings = SettingsOf<typeof httpSettings>;

function isNetwork(entry: string): boolean {
  const [address = '', bits, ...rest] = entry.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}
