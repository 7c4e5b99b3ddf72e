import { z } from 'zod';
import { defineSettings, setting, type SettingsOf } from '../config/index.js';
import { parseHostList, parsePorts } from './domain/host-list.js';

const listOf = (text: string) =>
  z
    .string()
    .default(text)
    .transform((entries) => entries.split(',').map((entry) => entry.trim()))
    .transform((entries) => entries.filter((entry) => entry !== ''))
    .readonly();

const hosts = listOf('').refine((entries) => parseHostList(entries) !== undefined, {
  error: 'must be host names, addresses or networks such as 10.0.0.0/8, with commas between',
});

const ports = listOf('389,636,1024-65535').refine((entries) => parsePorts(entries) !== undefined, {
  error: 'must be ports and ranges of them such as 389,1024-65535',
});

export const dialerSettings = defineSettings('dialer', {
  allow: setting(
    'PROVOST_DIALER_ALLOW',
    hosts,
    'Hosts and networks that systems may have although the rules forbid them, with commas between; never link-local ones.',
  ),
  deny: setting(
    'PROVOST_DIALER_DENY',
    hosts,
    'Hosts and networks that nothing may connect to, with commas between; stronger than PROVOST_DIALER_ALLOW.',
  ),
  ports: setting(
    'PROVOST_DIALER_PORTS',
    ports,
    'TCP ports that systems and directories may be at: ports and ranges, with commas between.',
  ),
});

export type DialerSettings = SettingsOf<typeof dialerSettings>;
