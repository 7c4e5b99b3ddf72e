import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { Clock } from '../platform/clock/index.js';
import { type AccessTokenClaims, ALGORITHM, AUDIENCE, TOKEN_TYPE } from './access-token.js';
import { type AuthSettings, authSettings } from './auth.config.js';
import { SigningKeys } from './signing-keys.js';

/** Seconds by which the clocks of two nodes may differ before one refuses what the other has just signed. */
const CLOCK_DIFFERENCE = 5;

@Injectable()
export class AccessTokenIssuer {
  constructor(
    private readonly keys: SigningKeys,
    private readonly jwt: JwtService,
    private readonly clock: Clock,
    @Inject(authSettings.token) private readonly settings: AuthSettings,
  ) {}

  /** A signed token for this session, and the seconds it is valid. */
  async issue(
    operator: { readonly id: string; readonly roles: readonly string[] },
    sessionId: string,
  ): Promise<{ accessToken: string; expiresIn: number }> {
    const expiresIn = this.settings.accessSeconds;
    const issuedAt = Math.floor(this.clock.now().getTime() / 1000);
    const claims: AccessTokenClaims = {
      iss: this.settings.issuer,
      aud: AUDIENCE,
      sub: operator.id,
      sid: sessionId,
      jti: randomUUID(),
      iat: issuedAt,
      nbf: issuedAt - CLOCK_DIFFERENCE,
      exp: issuedAt + expiresIn,
      roles: [...operator.roles],
    };
    const { kid, privateKey } = this.keys.active;
    const accessToken = await this.jwt.signAsync(claims, {
      privateKey,
      algorithm: ALGORITHM,
      keyid: kid,
      header: { alg: ALGORITHM, typ: TOKEN_TYPE },
    });
    return { accessToken, expiresIn };
  }
}
