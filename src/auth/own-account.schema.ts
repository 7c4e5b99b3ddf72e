import { z } from 'zod';
import { newPassword } from './operator.schema.js';

export const changePasswordRequest = z
  .strictObject({
    currentPassword: z.string().min(1, 'must not be empty').max(1024).describe('The password until now.'),
    newPassword,
  })
  .meta({
    id: 'ChangePasswordRequest',
    description: 'The password until now, and the next one.',
    example: {
      currentPassword: 'correct horse battery staple',
      newPassword: 'a staple battery that a horse corrects',
    },
  });

export type ChangePasswordRequest = z.infer<typeof changePasswordRequest>;

const session = z.object({
  id: z.uuid().describe('The session.'),
  createdAt: z.iso.datetime().describe('When it began.'),
  lastUsedAt: z.iso
    .datetime()
    .describe('When it was last given tokens: at the login, a refresh, or for a key.'),
  expiresAt: z.iso.datetime().describe('When it ends if nobody uses it.'),
  address: z.string().nullable().describe('Where it was last used from.'),
  client: z.string().nullable().describe('What the program there says it is.'),
  isCurrent: z.boolean().describe('Whether it is the session of this call.'),
});

export type SessionDocument = z.infer<typeof session>;

export const sessionPage = z
  .object({
    items: z.array(session).describe('The sessions of this page, the newest first.'),
    next: z.string().nullable().describe('Give it as `after` to get the next page; null on the last.'),
  })
  .meta({
    id: 'SessionPage',
    description: "One page of the caller's sessions.",
    example: {
      items: [
        {
          id: '0a4d1f5e-7f0a-4f1e-8b1d-3d9b2a6c5e22',
          createdAt: '2026-11-24T06:17:00.000Z',
          lastUsedAt: '2026-11-24T08:02:00.000Z',
          expiresAt: '2026-11-24T16:02:00.000Z',
          address: '192.0.2.17',
          client: 'provost/1.0',
          isCurrent: true,
        },
      ],
      next: null,
    },
  });
