import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { Clock } from '../platform/clock/index.js';
import { type AccessTokenClaims, ALGORITHM, AUDIENCE, CLOCK_DIFFERENCE, TOKEN_TYPE } from './access-token.js';
import { type AuthSettings, authSettings } from './auth.config.js';
import { KeyRotation } from './key-rotation.js';
import { SigningKeys } from './signing-keys.js';

@Injectable()
export class AccessTokenIssuer {
  constructor(
    private readonly keys: SigningKeys,
    private readonly rotation: KeyRotation,
    private readonly jwt: JwtService,
    private readonly clock: Clock,
    @Inject(authSettings.token) private readonly settings: AuthSettings,
  ) {}

  /** A signed token for this session, and the seconds it is valid; the session does not last longer than `atMost`. */
  async issue(
    operator: { readonly id: string; readonly roles: readonly string[] },
    sessionId: string,
    atMost = Infinity,
  ): Promise<{ accessToken: string; expiresIn: number }> {
    await this.rotation.rotateWhenDue();
    const expiresIn = Math.max(1, Math.min(this.settings.accessSeconds, atMost));
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
