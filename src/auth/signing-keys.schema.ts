import { z } from 'zod';
import { type KeyState, stateOf } from './domain/key-rotation.js';
import type { SigningKey } from './signing-keys.js';

const STATES = ['next', 'signing', 'retired', 'expired'] as const satisfies readonly KeyState[];

export const rotationRequest = z
  .strictObject({
    revokeOld: z
      .boolean()
      .default(false)
      .describe(
        'Drop every other key at once, because one may have been stolen. Clients refresh their tokens.',
      ),
  })
  .meta({
    id: 'SigningKeyRotationRequest',
    description: 'How the next key follows.',
    example: { revokeOld: false },
  });

export type RotationRequest = z.infer<typeof rotationRequest>;

export const signingKeyList = z
  .object({
    items: z
      .array(
        z.object({
          kid: z.string().describe('The name of the key, in the header of the tokens it signed.'),
          state: z
            .enum(STATES)
            .describe(
              '"next" is published and does not sign yet, "signing" signs, "retired" is accepted only, "expired" is not.',
            ),
          createdAt: z.iso.datetime().describe('When it was made and published.'),
          signsFrom: z.iso.datetime().describe('When it signs first.'),
          retiredAt: z.iso
            .datetime()
            .nullable()
            .describe('When its successor signs; null while there is none.'),
          acceptedUntil: z.iso
            .datetime()
            .nullable()
            .describe('When the last token it signed has expired; null while it has no successor.'),
        }),
      )
      .describe('The keys, in the order in which they sign.'),
  })
  .meta({
    id: 'SigningKeyList',
    description: 'The key pairs that sign access tokens, without the private part.',
    example: {
      items: [
        {
          kid: 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs',
          state: 'signing',
          createdAt: '2026-09-01T08:00:00.000Z',
          signsFrom: '2026-09-01T08:10:10.000Z',
          retiredAt: null,
          acceptedUntil: null,
        },
      ],
    },
  });

export type SigningKeyList = z.infer<typeof signingKeyList>;

export function toSigningKeyList(keys: readonly SigningKey[], now: Date): SigningKeyList {
  return {
    items: keys.map((key) => ({
      kid: key.kid,
      state: stateOf(key, now),
      createdAt: key.createdAt.toISOString(),
      signsFrom: key.signsFrom.toISOString(),
      retiredAt: key.retiredAt?.toISOString() ?? null,
      acceptedUntil: key.acceptedUntil?.toISOString() ?? null,
    })),
  };
}
