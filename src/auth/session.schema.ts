import { z } from 'zod';
import { lineText } from '../platform/http/index.js';

/** A login as somebody types it: any case finds the operator. */
const typedLogin = lineText(256).toLowerCase().describe('The login name, in any case.');

export const loginRequest = z
  .strictObject({
    login: typedLogin,
    password: z
      .string()
      .min(1, { error: 'must not be empty', abort: true })
      .max(1024, 'must have at most 1024 characters')
      .refine((password) => password.trim() !== '', 'must not be blank')
      .describe('The password.'),
  })
  .meta({
    id: 'LoginRequest',
    description: 'Who wants to log in.',
    example: { login: 'admin', password: 'correct horse battery staple' },
  });

export type LoginRequest = z.infer<typeof loginRequest>;

export const refreshRequest = z
  .strictObject({
    refreshToken: z.string().min(1, 'must not be empty').max(4096).describe('The newest refresh token.'),
  })
  .meta({
    id: 'RefreshRequest',
    description: 'The refresh token to exchange.',
    example: { refreshToken: 'mK1yQ0Tt0H5f2rXv0Y0Uo3p0b1yq7rZrL7w0mJmO5Xg' },
  });

export type RefreshRequest = z.infer<typeof refreshRequest>;

export const tokenPair = z
  .object({
    accessToken: z.string().describe('Send it as "Authorization: Bearer …".'),
    tokenType: z.literal('Bearer').describe('Always "Bearer".'),
    expiresIn: z.int().min(1).max(600).describe('Seconds the access token is valid.'),
    refreshToken: z.string().describe('Exchange it once for the next pair, before it expires.'),
    refreshExpiresIn: z
      .int()
      .min(0)
      .max(30 * 86_400)
      .describe('Seconds the refresh token is valid when it is not used.'),
  })
  .meta({
    id: 'TokenPair',
    description: 'An access token and the refresh token for the next one.',
    example: {
      accessToken: 'eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJpc3MiOiJwcm92b3N0In0.c2lnbmF0dXJl',
      tokenType: 'Bearer',
      expiresIn: 600,
      refreshToken: 'mK1yQ0Tt0H5f2rXv0Y0Uo3p0b1yq7rZrL7w0mJmO5Xg',
      refreshExpiresIn: 28_800,
    },
  });

export type TokenPair = z.infer<typeof tokenPair>;

export const callerDocument = z
  .object({
    id: z.uuid().describe('The operator.'),
    realm: z.literal('local').describe('Where the login is kept: "local" is Provost itself.'),
    login: z.string().describe('The login name.'),
    roles: z.array(z.string()).describe('The roles, as of now.'),
    grants: z.array(z.string()).describe('What the roles allow; "*" stands for anything.'),
    sessionId: z.uuid().describe('The session this access token belongs to.'),
  })
  .meta({
    id: 'Caller',
    description: 'Who is calling.',
    example: {
      id: '6f9d3d0e-5b0c-4a8e-9c51-0d2f6f8e7a11',
      realm: 'local',
      login: 'admin',
      roles: ['administrator'],
      grants: ['*'],
      sessionId: '0a4d1f5e-7f0a-4f1e-8b1d-3d9b2a6c5e22',
    },
  });

export type CallerDocument = z.infer<typeof callerDocument>;

export const jwksDocument = z
  .object({
    keys: z
      .array(
        z.object({
          kty: z.literal('EC').describe('Elliptic curve.'),
          crv: z.literal('P-256').describe('The curve.'),
          x: z.string().describe('The point, base64url.'),
          y: z.string().describe('The point, base64url.'),
          kid: z.string().describe('Named in the header of the tokens it signed.'),
          alg: z.literal('ES256').describe('The algorithm it is for.'),
          use: z.literal('sig').describe('Signatures only.'),
        }),
      )
      .describe('Every key whose tokens are accepted.'),
  })
  .meta({
    id: 'JsonWebKeySet',
    description: 'The public keys of access tokens (RFC 7517).',
    example: {
      keys: [
        {
          kty: 'EC',
          crv: 'P-256',
          x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
          y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
          kid: 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs',
          alg: 'ES256',
          use: 'sig',
        },
      ],
    },
  });

export type JwksDocument = z.infer<typeof jwksDocument>;
