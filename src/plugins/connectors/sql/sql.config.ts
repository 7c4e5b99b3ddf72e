// The settings of one table in a PostgreSQL database. The password is a secret and is kept apart.
import { X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { INSECURE, type SystemEndpoint } from '../../../provisioning/index.js';

/** PostgreSQL cuts longer names off, and then finds nothing. */
const LONGEST_NAME_BYTES = 63;

const name = z
  .string()
  .min(1, 'must not be empty')
  .refine((text) => Buffer.byteLength(text) <= LONGEST_NAME_BYTES, 'must have at most 63 bytes')
  .refine((text) => !text.includes('\u0000'), 'must not contain NUL');

const certificates = z.string().trim().max(100_000).refine(isCertificate, {
  message: 'must be a certificate in PEM form (-----BEGIN CERTIFICATE-----)',
});

export const sqlConfig = z
  .strictObject({
    host: z
      .string()
      .trim()
      .min(1)
      .max(253)
      .regex(/^[A-Za-z0-9.:_-]+$/, 'must be a host name or an address')
      .describe('Host name or address of the PostgreSQL server that is written to.'),
    port: z.int().min(1).max(65_535).default(5432).describe('TCP port of the server.'),
    database: name.describe('Database that the table is in.'),
    user: name.describe(
      'Role that Provost logs in as; it needs select, insert, update and delete on the table.',
    ),
    tls: z
      .boolean()
      .default(false)
      .describe('Whether the connection is encrypted and the certificate verified.'),
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
    schema: name.default('public').describe('Schema that the table is in.'),
    table: name.describe('Table whose rows are the accounts; also the object class of the system.'),
    keyColumn: name.describe('Column that holds the account name; it must be unique.'),
    idColumn: name
      .optional()
      .describe('Unique column that the database fills and nobody changes: finds a row under another name.'),
    poolSize: z
      .int()
      .min(1)
      .max(8)
      .default(3)
      .describe('Connections that may be open at the same time, 1 to 8.'),
  })
  .refine((config) => config.caCertificate === undefined || config.tls, {
    path: ['caCertificate'],
    message: 'Certificates are only checked on an encrypted connection: switch tls on.',
  })
  .refine((config) => config.idColumn !== config.keyColumn, {
    path: ['idColumn'],
    message: 'The id must be another column than the name, which can change.',
  })
  .meta({ id: 'SqlConnectorConfig', description: 'How to reach and use a table in PostgreSQL.' });

export type SqlConfig = z.output<typeof sqlConfig>;

export function sqlEndpoint({
  host,
  port,
  database,
  tls,
  caCertificate,
  insecure,
}: SqlConfig): SystemEndpoint {
  return { host, port, database, isEncrypted: tls, caCertificate, insecure };
}

function isCertificate(text: string): boolean {
  try {
    return new X509Certificate(text).subject !== undefined;
  } catch {
    return false;
  }
}
