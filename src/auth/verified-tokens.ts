// Access tokens that were let in. Their form and signature do not change, so the next request with the same text is
// asked only what does: the time, its key and (in the strategy) its session.
import { createHash, type KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Clock } from '../platform/clock/index.js';
import { type AccessTokenClaims, readKeyId } from './access-token.js';
import { SigningKeys } from './signing-keys.js';

/** Tokens kept at once; the oldest go first. Strangers add none: only a token of ours gets here. */
const KEPT_COUNT = 10_000;

interface VerifiedToken {
  readonly claims: AccessTokenClaims;
  readonly kid: string;
  readonly publicKey: KeyObject;
}

@Injectable()
export class VerifiedTokens {
  readonly #kept = new Map<string, VerifiedToken>();

  constructor(
    private readonly keys: SigningKeys,
    private readonly clock: Clock,
  ) {}

  /** The claims of a token that was verified before and still holds; undefined when it must be looked at in full. */
  async claimsOf(token: string): Promise<AccessTokenClaims | undefined> {
    const digest = digestOf(token);
    const kept = this.#kept.get(digest);
    if (kept === undefined) return undefined;
    // The very key: one that was revoked or has expired is not given any more.
    const isAccepted = (await this.keys.publicKey(kept.kid)) === kept.publicKey;
    if (isAccepted && isInTime(kept.claims, this.clock.now().getTime() / 1000)) return kept.claims;
    this.#kept.delete(digest);
    return undefined;
  }

  /** @param claims what the signature of `token` was just found right for */
  async keep(token: string, claims: AccessTokenClaims): Promise<void> {
    const kid = readKeyId(token);
    const publicKey = kid === undefined ? undefined : await this.keys.publicKey(kid);
    if (kid === undefined || publicKey === undefined) return;
    this.#kept.set(digestOf(token), { claims, kid, publicKey });
    if (this.#kept.size <= KEPT_COUNT) return;
    const [oldest] = this.#kept.keys();
    if (oldest !== undefined) this.#kept.delete(oldest);
  }
}

/** Tokens are credentials: what is kept of them cannot be used as one. */
function digestOf(token: string): string {
  return createHash('sha256').update(token).digest('base64');
}

function isInTime({ nbf, exp }: AccessTokenClaims, nowSeconds: number): boolean {
  return nbf <= nowSeconds && nowSeconds < exp;
}
