import { z } from 'zod';
import { defineSettings, setting, type SettingsOf } from '../../platform/config/index.js';
import { isLocalHost } from '../../platform/dialer/index.js';
import { Secret } from '../../platform/logging/index.js';

const noticeUrl = z
  .url({ protocol: /^https?$/, error: 'must be an https URL', abort: true })
  .refine((text) => {
    const { username, password, hash } = new URL(text);
    return `${username}${password}${hash}` === '';
  }, 'must have no user, password or fragment')
  .refine((text) => {
    const { protocol, hostname } = new URL(text);
    return protocol === 'https:' || isLocalHost(hostname.replace(/^\[(.*)\]$/, '$1'));
  }, 'must be an https URL: with http, only this machine will do');

export const noticeSettings = defineSettings('notices', {
  // Many receivers are let in by nothing but a token in the path.
  url: setting(
    'PROVOST_NOTICE_URL',
    noticeUrl.optional(),
    'Where a notice is posted when work waits for a person or a target is out of service; without it nobody is told.',
    { isSecret: true },
  ),
  secret: setting(
    'PROVOST_NOTICE_SECRET',
    z
      .string()
      .min(16, 'must have at least 16 characters')
      .transform((text) => new Secret(text))
      .optional(),
    'Signs each notice, so that the receiver knows whose it is; needed with PROVOST_NOTICE_URL.',
    { isSecret: true },
  ),
});

export type NoticeSettings = SettingsOf<typeof noticeSettings>;
