// The form of access tokens (RFC 9068). A token that is not exactly as Provost writes it is not read any further:
// no other header, no second claim of one name, no other spelling of base64 or JSON gets as far as the signature.
import { z } from 'zod';

export const ALGORITHM = 'ES256';
export const AUDIENCE = 'provost-api';
/** RFC 9068 §2.1; keeps other kinds of JWT from being taken for an access token (RFC 8725 §3.11). */
export const TOKEN_TYPE = 'at+jwt';
/** Seconds; the longest life there is, whatever the configuration of the node that signed it. */
export const LONGEST_LIFE = 600;
/** Seconds by which the clocks of two nodes may differ before one refuses what the other has just signed. */
export const CLOCK_DIFFERENCE = 5;
/** Characters; ours have about 700. */
const LONGEST_TOKEN = 4096;
/** r and s of a P-256 signature (RFC 7518 §3.4). */
const SIGNATURE_BYTES = 64;

const headerSchema = z.strictObject({
  alg: z.literal(ALGORITHM),
  typ: z.literal(TOKEN_TYPE),
  kid: z.string(),
});

const secondsSinceEpoch = z.int().nonnegative();

const claimsSchema = z
  .strictObject({
    iss: z.string(),
    aud: z.literal(AUDIENCE),
    sub: z.uuid(),
    sid: z.uuid(),
    jti: z.uuid(),
    iat: secondsSinceEpoch,
    nbf: secondsSinceEpoch,
    exp: secondsSinceEpoch,
    roles: z.array(z.string()),
  })
  // With nbf bound to iat, a token from the future is refused as not valid yet.
  .refine(({ iat, nbf, exp }) => exp > iat && exp - iat <= LONGEST_LIFE && iat - nbf <= CLOCK_DIFFERENCE);

export type AccessTokenClaims = z.infer<typeof claimsSchema>;

/** The key that `token` says it was signed with, or undefined when its form is not ours. Proves nothing. */
export function readKeyId(token: string): string | undefined {
  if (token.length > LONGEST_TOKEN) return undefined;
  const [header, claims, signature, ...rest] = token.split('.');
  if (header === undefined || claims === undefined || signature === undefined || rest.length > 0)
    return undefined;
  if (readBytes(signature)?.length !== SIGNATURE_BYTES) return undefined;
  if (!claimsSchema.safeParse(readJson(claims)).success) return undefined;
  return headerSchema.safeParse(readJson(header)).data?.kid;
}

function readBytes(part: string): Buffer | undefined {
  const bytes = Buffer.from(part, 'base64url');
  return bytes.toString('base64url') === part ? bytes : undefined;
}

function readJson(part: string): unknown {
  const text = readBytes(part)?.toString('utf8');
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return JSON.stringify(value) === text ? value : undefined;
  } catch {
    return undefined;
  }
}
