import { z } from 'zod';
import { defineSettings, setting, type SettingsOf } from '../config/index.js';
import { Secret } from '../logging/index.js';
import { DnSyntaxError, parseDn } from './dn.js';

const URL_FORM = /^ldaps?:\/\/[^/?#@\s]+\/?$/;

const dn = z
  .string()
  .refine(isDn, 'must be a distinguished name such as ou=people,dc=example,dc=org')
  .optional();

/** The directory that people and FusionDirectory's service accounts log in with. Names as in its orchestrator.conf. */
export const directorySettings = defineSettings('directory', {
  url: setting(
    'FD_LDAP_MASTER_URL',
    z
      .string()
      .regex(URL_FORM, 'must be ldap://host, ldaps://host, or either with a port')
      .transform((url) => url.replace(/\/$/, ''))
      .optional(),
    'The directory that checks logins of the realms dsa and identity; without it there are none.',
  ),
  base: setting('LDAP_BASE', dn, 'DN of the tree.'),
  bindDn: setting('LDAP_ADMIN', dn, 'DN that Provost searches the directory as.'),
  password: setting(
    'LDAP_PWD',
    z
      .string()
      .transform((text) => new Secret(text))
      .optional(),
    'Password of LDAP_ADMIN.',
    { isSecret: true },
  ),
  dsaBase: setting(
    'LDAP_OU_DSA',
    dn,
    'DN that service accounts (DSA) are below; without it nobody logs in with the realm dsa.',
  ),
  peopleBase: setting('PROVOST_DIRECTORY_PEOPLE_BASE', dn, 'DN that people are below; without it LDAP_BASE.'),
  loginAttribute: setting(
    'PROVOST_DIRECTORY_LOGIN_ATTRIBUTE',
    z
      .string()
      .regex(/^[A-Za-z][A-Za-z0-9-]{0,63}$/, 'must be the name of an attribute')
      .default('uid'),
    'Attribute of people that holds the login, which is also the login of their identity.',
  ),
  startTls: setting(
    'PROVOST_DIRECTORY_START_TLS',
    z
      .enum(['true', 'false'])
      .default('false')
      .transform((text) => text === 'true'),
    'true: an ldap:// connection turns into TLS before any password is sent.',
  ),
  caFile: setting(
    'PROVOST_DIRECTORY_CA_FILE',
    z.string().min(1).optional(),
    'PEM file with the authorities that the certificate of the directory must come from; without it those Node.js knows.',
  ),
});

export type DirectorySettings = SettingsOf<typeof directorySettings>;

function isDn(text: string): boolean {
  try {
    return parseDn(text).length > 0;
  } catch (error) {
    if (error instanceof DnSyntaxError) return false;
    throw error;
  }
}
