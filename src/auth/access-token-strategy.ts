// How an access token is checked, from cheap to dear: form, key, signature and claims, then whether its session stands.
import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { FastifyRequest } from 'fastify';
import passport from 'passport';
import { type SecretOrKeyProvider, Strategy } from 'passport-jwt';
import { type Principal, problem } from '../platform/http/index.js';
import { type AccessTokenClaims, ALGORITHM, AUDIENCE, readKeyId } from './access-token.js';
import { type AuthSettings, authSettings } from './auth.config.js';
import { SessionStandings } from './session-standings.js';
import { SigningKeys } from './signing-keys.js';
import { VerifiedTokens } from './verified-tokens.js';

@Injectable()
export class AccessTokenStrategy extends PassportStrategy(Strategy) {
  // passport keeps its strategies for the whole process: two applications in one (tests) must not get each other's.
  override readonly name = `access-token-${randomUUID()}`;

  constructor(
    keys: SigningKeys,
    private readonly standings: SessionStandings,
    private readonly verified: VerifiedTokens,
    @Inject(authSettings.token) settings: AuthSettings,
  ) {
    super({
      jwtFromRequest: readBearerToken,
      secretOrKeyProvider: keyProvider(keys),
      algorithms: [ALGORITHM],
      issuer: settings.issuer,
      audience: AUDIENCE,
      passReqToCallback: true,
    });
    passport.use(this);
  }

  /**
   * The caller with a token that was let in before; undefined when the whole check is due, which then says what is wrong.
   * @throws Problem 401 when its session has ended
   */
  async knownCaller(request: FastifyRequest): Promise<Principal | undefined> {
    const token = readBearerToken(request);
    const claims = token === null ? undefined : await this.verified.claimsOf(token);
    return claims && this.#callerOf(claims);
  }

  /** Called with claims whose form `readKeyId` and whose signature passport-jwt has checked. */
  async validate(request: FastifyRequest, claims: AccessTokenClaims): Promise<Principal> {
    const caller = await this.#callerOf(claims);
    const token = readBearerToken(request);
    if (token !== null) await this.verified.keep(token, claims);
    return caller;
  }

  async #callerOf(claims: AccessTokenClaims): Promise<Principal> {
    const standing = await this.standings.of(claims.sid);
    if (standing === null || standing.id !== claims.sub) {
      throw problem.unauthenticated('The session of this access token has ended. Log in again.', {
        headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
      });
    }
    return { ...standing, sessionId: claims.sid };
  }
}

/** The token of the one `Authorization: Bearer …` header (RFC 6750 §2.1); it is taken from nowhere else. */
export function readBearerToken(request: FastifyRequest): string | null {
  const [header = '', ...further] = request.raw.headersDistinct['authorization'] ?? [];
  return further.length === 0 ? (/^Bearer +([^ ]+)$/i.exec(header)?.[1] ?? null) : null;
}

function keyProvider(keys: SigningKeys): SecretOrKeyProvider<FastifyRequest> {
  const provide = async (token: string, done: (error: Error | null, key?: Buffer) => void): Promise<void> => {
    const kid = readKeyId(token);
    const key = kid === undefined ? undefined : await keys.publicKey(kid);
    if (key === undefined) done(new Error('not a token of this service'));
    // A KeyObject is verified many times faster than its PEM text; the typings only know text and bytes.
    else done(null, key as unknown as Buffer);
  };
  return (_request, token: string, done) => void provide(token, done);
}
