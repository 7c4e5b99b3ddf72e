import { z } from 'zod';
import { pageQuery } from '../platform/http/index.js';

const BIGGEST = Number.MAX_SAFE_INTEGER;
const word = z.string().min(1).max(400);

const instant = z.iso.datetime({ offset: true, error: 'must be a timestamp such as 2027-03-28T00:00:00Z' });

export const auditListQuery = pageQuery.extend({
  actor: word.optional().describe('Only what this actor did, such as local:admin or system.'),
  action: word.optional().describe('Only this action, such as identity.updated.'),
  objectType: word.optional().describe('Only objects of this type, such as identity or account.'),
  objectId: word.optional().describe('Only this object.'),
  requestId: word.optional().describe('Only what this request did.'),
  operation: word.optional().describe('Only what this operation did, such as o41-7.'),
  from: instant.optional().describe('Recorded at this time or later.'),
  to: instant.optional().describe('Recorded before this time.'),
});

export const auditExportQuery = auditListQuery.pick({ from: true, to: true });

export const auditRecordId = z
  .string()
  .max(16, { error: 'must have at most 16 digits', abort: true })
  .regex(/^[1-9]\d{0,15}$/, 'must be the number of an audit record')
  .describe('The number of the record.');

const EXAMPLE = {
  id: 41,
  recordedAt: '2027-01-05T09:12:44.12031Z',
  actor: 'local:admin',
  requestId: '5b0c3f7e-6a2a-4a52-9f0e-0f2b8a3f7f11',
  operation: null,
  action: 'identity.updated',
  objectType: 'identity',
  objectId: '0b7e3a52-4f6e-4a94-8d0a-3f8f5e1f2a77',
  before: { surname: 'Nová' },
  after: { surname: 'Svobodová' },
  position: 41,
};

export const auditRecord = z
  .object({
    id: z.int().min(1).max(BIGGEST).describe('The number of the record.'),
    recordedAt: z.iso.datetime().describe('When it was recorded, to the microsecond.'),
    actor: z.string().describe('Who did it: <realm>:<login>, or system.'),
    requestId: z.string().nullable().describe('The request that did it.'),
    operation: z.string().nullable().describe('The operation that did it.'),
    action: z.string().describe('What was done: <object>.<verb in the past>.'),
    objectType: z.string().describe('What kind of object it was done to.'),
    objectId: z.string().describe('Which object it was done to.'),
    before: z.unknown().describe('Values before; null when there were none. Secrets are masked.'),
    after: z.unknown().describe('Values after; null when there are none. Secrets are masked.'),
    position: z
      .int()
      .min(1)
      .max(BIGGEST)
      .nullable()
      .describe('Its place in the sealed chain; null in the first second, until it is sealed.'),
  })
  .meta({ id: 'AuditRecord', description: 'Who did what to what.', example: EXAMPLE });

export const auditPage = z
  .object({
    items: z.array(auditRecord).describe('Records, newest first.'),
    next: z.string().nullable().describe('Give it as `after` for the next page; null on the last.'),
  })
  .meta({
    id: 'AuditPage',
    description: 'A page of audit records.',
    example: { items: [EXAMPLE], next: null },
  });

export const verificationRequest = z
  .strictObject({
    checkpoint: z
      .string()
      .min(2)
      .max(2_000)
      .optional()
      .describe('A checkpoint that was kept elsewhere: one line of a checkpoint file.'),
  })
  .meta({
    id: 'AuditVerificationRequest',
    description: 'What to hold the chain against, besides itself.',
    example: {},
  });

const position = z.int().min(0).max(BIGGEST);

export const verificationResponse = z
  .object({
    isIntact: z.boolean().describe('Whether there is no fault.'),
    verifiedCount: position.describe('Records that fit their seals.'),
    firstPosition: position.nullable().describe('Where the chain begins; null when nothing is sealed.'),
    lastPosition: position.nullable().describe('Where the chain ends; null when nothing is sealed.'),
    unsealedCount: position.describe('Committed records that are not sealed yet.'),
    checkpoint: z
      .enum(['none', 'matches', 'before-anchor', 'differs', 'forged'])
      .describe(
        'What the given checkpoint says, or else the last one of the file: none was known, the chain fits it, the retention has passed it, the chain is another one, or this chain never signed it.',
      ),
    faults: z
      .array(
        z.object({
          kind: z
            .enum([
              'edited',
              'foreign-seal',
              'reordered',
              'missing-record',
              'missing-seal',
              'inserted',
              'unsealed',
              'tail-cut',
              'head-mismatch',
              'head-forged',
              'anchor-forged',
              'key-unusable',
              'checkpoint-forged',
              'checkpoint-differs',
            ])
            .describe('What was done; docs/audit.md explains each.'),
          position: position.nullable().describe('Where in the chain.'),
          recordId: z.int().nullable().describe('The record, where it is one.'),
          detail: z.string().describe('What was found, in words.'),
        }),
      )
      .max(100)
      .describe('The first 100 faults, by their place.'),
  })
  .meta({
    id: 'AuditVerification',
    description: 'Whether the audit records are what was sealed, and every fault.',
    example: {
      isIntact: false,
      verifiedCount: 411,
      firstPosition: 1,
      lastPosition: 412,
      unsealedCount: 2,
      checkpoint: 'matches',
      faults: [
        {
          kind: 'edited',
          position: 17,
          recordId: 17,
          detail: 'Record 17 at position 17 is not what was sealed there: the record was changed.',
        },
      ],
    },
  });

export const checkpointResponse = z
  .object({
    position: position.describe('Where the chain was.'),
    hash: z.string().describe('The seal at that position, in hexadecimal.'),
    at: z.iso.datetime().describe('When this was signed.'),
    keyId: z.string().describe('The thumbprint of the key that signed (RFC 7638).'),
    signature: z
      .string()
      .describe('Ed25519 (RFC 8032) of the RFC 8785 JSON of the members above, in base64url.'),
    publicKey: z.string().describe('The key to check the signature with, in PEM.'),
  })
  .meta({
    id: 'AuditCheckpoint',
    description: 'A signed statement of where the chain is: keep it where the database is not.',
    example: {
      position: 412,
      hash: '9f2c6b1de05a4f7b8c3d2e1f0a9b8c7d6e5f4a3b2c1d0e9f8a7b6c5d4e3f2a1b',
      at: '2027-01-05T09:12:50.000Z',
      keyId: 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k',
      signature: 'hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg',
      publicKey:
        '-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----\n',
    },
  });

export type AuditListQuery = z.output<typeof auditListQuery>;
export type AuditExportQuery = z.output<typeof auditExportQuery>;
export type AuditRecord = z.output<typeof auditRecord>;
export type VerificationRequest = z.output<typeof verificationRequest>;
export type CheckpointResponse = z.output<typeof checkpointResponse>;
