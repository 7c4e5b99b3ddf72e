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

@Injectable()
export class AccessTokenStrategy extends PassportStrategy(Strategy) {
  // passport keeps its strategies for the whole process: two applications in one (tests) must not get each other's.
  override readonly name = `access-token-${randomUUID()}`;

  constructor(
    keys: SigningKeys,
    private readonly standings: SessionStandings,
    @Inject(authSettings.token) settings: AuthSettings,
  ) {
    super({
      jwtFromRequest: readBearerToken,
      secretOrKeyProvider: keyProvider(keys),
      algorithms: [ALGORITHM],
      issuer: settings.issuer,
      audience: AUDIENCE,
    });
    passport.use(this);
  }

  /** Called with claims whose form `readKeyId` and whose signature passport-jwt has checked. */
  async validate(claims: AccessTokenClaims): Promise<Principal> {
    const standing = await this.standings.of(claims.sid);
    if (standing === null || standing.operatorId !== claims.sub) {
      throw problem.unauthenticated('The session of this access token has ended. Log in again.', {
        headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
      });
    }
    return {
      realm: 'local',
      id: standing.operatorId,
      login: standing.login,
      roles: standing.roles,
      sessionId: claims.sid,
    };
  }
}

/** The token of `Authorization: Bearer …` (RFC 6750 §2.1); it is taken from nowhere else. */
export function readBearerToken(request: FastifyRequest): string | null {
  return /^Bearer +([^ ]+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? null;
}

function keyProvider(keys: SigningKeys): SecretOrKeyProvider<FastifyRequest> {
  return (_request, token: string, done) => {
    const kid = readKeyId(token);
    const key = kid === undefined ? undefined : keys.publicKey(kid);
    if (key === undefined) return done(new Error('not a token of this service'));
    // A KeyObject is verified many times faster than its PEM text; the typings only know text and bytes.
    return done(null, key as unknown as Buffer);
  };
}
