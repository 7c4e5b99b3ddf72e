// The settings of one LDAP directory. Its password is a secret and is kept apart.
import { X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { directoryAddress, DnSyntaxError, parseDn } from '../../../platform/directory/index.js';
import { INSECURE, type SystemEndpoint } from '../../../provisioning/index.js';

const dn = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .max(2000)
  .superRefine((text, context) => {
    try {
      parseDn(text);
    } catch (error) {
      if (!(error instanceof DnSyntaxError)) throw error;
      context.addIssue({ code: 'custom', message: error.message });
    }
  });

const url = z.string().trim().max(300).refine(isDirectoryUrl, {
  message: 'must be ldap://host, ldap://host:port, ldaps://host or ldaps://host:port, and nothing more',
});

const certificates = z.string().trim().max(100_000).refine(isCertificate, {
  message: 'must be a certificate in PEM form (-----BEGIN CERTIFICATE-----)',
});

const attributeName = z
  .string()
  .trim()
  .max(200)
  .regex(/^[A-Za-z0-9.;-]+$/, 'must be the name of an attribute, such as jpegPhoto');

/** Attributes whose values are bytes and not text. */
const USUAL_BINARIES = [
  'jpegPhoto',
  'photo',
  'audio',
  'thumbnailPhoto',
  'userCertificate;binary',
  'userSMIMECertificate;binary',
  'userPKCS12',
  'cACertificate;binary',
];

export const ldapConfig = z
  .strictObject({
    url: url.describe(
      'Address of the directory server that is written to: ldap:// or ldaps://, host and port.',
    ),
    bindDn: dn.describe('DN that Provost logs in as; it needs the right to read and write below the base.'),
    baseDn: dn.describe('DN below which all accounts of this system are.'),
    startTls: z
      .boolean()
      .default(false)
      .describe('Whether an ldap:// connection is encrypted by StartTLS before the login.'),
    caCertificate: certificates
      .optional()
      .describe(
        'Certificates of the authorities to trust, in PEM form; without it the public ones are trusted.',
      ),
    insecure: z
      .enum(INSECURE)
      .optional()
      .describe(
        'What to do without: clear-text sends the login unencrypted, unverified-certificate to whoever answers. ' +
          'Not in production, and not needed on this machine.',
      ),
    poolSize: z
      .int()
      .min(1)
      .max(8)
      .default(3)
      .describe('Connections that may be open at the same time, 1 to 8.'),
    binaryAttributes: z
      .array(attributeName)
      .max(100)
      .default(USUAL_BINARIES)
      .describe('Attributes whose values are bytes; those that end in ";binary" always are.'),
  })
  .refine((config) => !(config.startTls && isSecure(config.url)), {
    path: ['startTls'],
    message: 'An ldaps:// connection is encrypted already: leave startTls off.',
  })
  .refine((config) => config.caCertificate === undefined || config.startTls || isSecure(config.url), {
    path: ['caCertificate'],
    message: 'Certificates are only checked on an encrypted connection: use ldaps:// or startTls.',
  })
  .meta({ id: 'LdapConnectorConfig', description: 'How to reach and use an LDAP directory.' });

export type LdapConfig = z.output<typeof ldapConfig>;

export function ldapEndpoint(config: LdapConfig): SystemEndpoint {
  const { startTls, caCertificate, insecure } = config;
  const { host, port, isSecure: isTls } = directoryAddress(config.url);
  return { host, port, isEncrypted: isTls || startTls, caCertificate, insecure };
}

/** False for what is no address: that is another fault. */
function isSecure(text: string): boolean {
  return isDirectoryUrl(text) && directoryAddress(text).isSecure;
}

function isDirectoryUrl(text: string): boolean {
  if (!/^ldaps?:\/\//i.test(text) || !URL.canParse(text)) return false;
  const { hostname, username, password, pathname, search, hash } = new URL(text);
  // A host name escapes nothing but other scripts, and those are whole characters.
  const isHost = hostname !== '' && !/%(?![89a-f])/i.test(hostname) && canDecode(hostname);
  return isHost && `${username}${password}${search}${hash}` === '' && ['', '/'].includes(pathname);
}

function canDecode(text: string): boolean {
  try {
    return decodeURIComponent(text) !== '';
  } catch {
    return false;
  }
}

function isCertificate(text: string): boolean {
  try {
    return new X509Certificate(text).subject !== undefined;
  } catch {
    return false;
  }
}
