import { z } from 'zod';
import { lineText, REALMS } from '../platform/http/index.js';

/** What a directory or a hash can be asked about: not blank, no NUL, no half of a character. */
const typedPassword = z
  .string()
  .min(1, { error: 'must not be empty', abort: true })
  .max(1024, 'must have at most 1024 characters')
  .refine((password) => password.trim() !== '', 'must not be blank')
  .refine((password) => !password.includes('\u0000'), 'must not contain NUL')
  .refine((password) => password.isWellFormed(), 'must be well-formed Unicode (a surrogate stands alone)');

export const loginRequest = z
  .strictObject({
    login: lineText(256).describe('The login name, in any case.'),
    password: typedPassword.describe('The password.'),
    realm: z
      .enum(['local', 'dsa', 'identity'], 'must be local, dsa or identity')
      .default('local')
      .describe(
        'Who checks the password: "local" is Provost itself; "dsa" and "identity" are service accounts and people of the directory.',
      ),
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

export const serviceTokenRequest = z
  .strictObject({
    key: z
      .string()
      .min(1, 'must not be empty')
      .max(256)
      .describe('The key, as it was answered when it was made.'),
  })
  .meta({
    id: 'ServiceTokenRequest',
    description: 'The key of a service.',
    example: { key: 'provost_key_mK1yQ0Tt0H5f2rXv0Y0Uo3p0b1yq7rZrL7w0mJmO5Xg' },
  });

export type ServiceTokenRequest = z.infer<typeof serviceTokenRequest>;

export const serviceToken = z
  .object({
    accessToken: z.string().describe('Send it as "Authorization: Bearer …".'),
    tokenType: z.literal('Bearer').describe('Always "Bearer".'),
    expiresIn: z
      .int()
      .min(1)
      .max(600)
      .describe('Seconds the access token is valid; ask for the next with the key.'),
  })
  .meta({
    id: 'ServiceToken',
    description: 'An access token of a service.',
    example: {
      accessToken: 'eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJpc3MiOiJwcm92b3N0In0.c2lnbmF0dXJl',
      tokenType: 'Bearer',
      expiresIn: 600,
    },
  });

export type ServiceToken = z.infer<typeof serviceToken>;

export const callerDocument = z
  .object({
    id: z.uuid().describe('The operator or service.'),
    realm: z
      .enum(REALMS)
      .describe(
        'Who vouches for the login: "local" is Provost itself, "dsa" and "identity" the directory, "service" a key.',
      ),
    login: z.string().describe('The login name.'),
    displayName: z.string().describe('The name people know the caller by.'),
    roles: z.array(z.string()).describe('The roles, as of now; a service has none.'),
    grants: z.array(z.string()).describe('What the caller may do; "*" stands for anything.'),
    identityId: z.uuid().nullable().describe('Who of the registry is calling; null for all but "identity".'),
    sessionId: z.uuid().describe('The session this access token belongs to.'),
  })
  .meta({
    id: 'Caller',
    description: 'Who is calling.',
    example: {
      id: '6f9d3d0e-5b0c-4a8e-9c51-0d2f6f8e7a11',
      realm: 'local',
      login: 'admin',
      displayName: 'Administrator',
      roles: ['administrator'],
      grants: ['*'],
      identityId: null,
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
