// Lets a new key follow the one that signs: by itself when that is old, or because somebody wants it.
import { Inject, Injectable, Logger } from '@nestjs/common';
import { AuditLog } from '../audit/index.js';
import { Clock } from '../platform/clock/index.js';
import { Database, loadStatement, type Transaction } from '../platform/database/index.js';
import type { Actor } from '../platform/http/index.js';
import { SecretBox } from '../platform/secrets/index.js';
import { CLOCK_DIFFERENCE, LONGEST_LIFE } from './access-token.js';
import { type AuthSettings, authSettings } from './auth.config.js';
import { authProblem } from './auth.problems.js';
import {
  decideRotation,
  type KeyTimes,
  type RotationDecision,
  type RotationRule,
  type RotationWish,
} from './domain/key-rotation.js';
import { KEYS_KEPT_MS, SigningKeys } from './signing-keys.js';
import { makeKeyPair, placeOf } from './signing-keys-pair.js';

const DAY_SECONDS = 86_400;
/** By then every node has read the new key, and every token of the old one has expired. */
const OVERLAP_SECONDS = LONGEST_LIFE + KEYS_KEPT_MS / 1000 + CLOCK_DIFFERENCE;

const readKeyTimes = loadStatement('read-signing-key-times', import.meta.url);
const retireSigningKey = loadStatement('retire-signing-key', import.meta.url);

@Injectable()
export class KeyRotation {
  readonly #log = new Logger('auth');
  readonly #rule: RotationRule;

  constructor(
    private readonly database: Database,
    private readonly secrets: SecretBox,
    private readonly clock: Clock,
    private readonly audit: AuditLog,
    private readonly keys: SigningKeys,
    @Inject(authSettings.token) settings: AuthSettings,
  ) {
    this.#rule = {
      rotateAfterSeconds: settings.keyRotationDays * DAY_SECONDS,
      overlapSeconds: OVERLAP_SECONDS,
    };
  }

  /** Called whenever a token is to be signed: an installation that signs nothing needs no new key. */
  async rotateWhenDue(): Promise<void> {
    const known = await this.keys.all();
    if (decideRotation(known, this.clock.now(), this.#rule, 'when-due').kind === 'none') return;
    try {
      await this.#rotate('when-due', { name: 'system', requestId: null });
    } catch (error) {
      // The old key is as good as before: the login goes on, and the next one tries again.
      this.#log.error({ reason: String(error) }, 'the signing key could not be rotated');
    }
  }

  /**
   * A new key at once: published now, signing after the overlap. With `revokesOld` it signs now and every other key is
   * dropped: their access tokens are refused within 5 seconds on every node, and clients refresh.
   * @throws Problem 409 while the last new key does not sign yet.
   */
  async rotateNow({ revokesOld }: { readonly revokesOld: boolean }, actor: Actor): Promise<void> {
    const decision = await this.#rotate(revokesOld ? 'revoke' : 'soon', actor);
    if (decision.kind !== 'under-way') return;
    throw authProblem.rotationUnderWay(
      `The next key signs from ${decision.signsFrom.toISOString()}; until then it becomes known to everybody. ` +
        'Wait for that, or send {"revokeOld": true} when a key may have been stolen.',
    );
  }

  async #rotate(wish: RotationWish, actor: Actor): Promise<RotationDecision> {
    const { kid, privatePem } = await makeKeyPair();
    return this.database.transact(async (transaction) => {
      // One rotation at a time, and who waited sees what the other did. Readers are not held up.
      await transaction.query('lock table auth_signing_keys in share row exclusive mode');
      const keys = await this.#timesOf(transaction);
      const decision = decideRotation(keys, this.clock.now(), this.#rule, wish);
      if (decision.kind === 'none' || decision.kind === 'under-way') return decision;
      if (decision.kind === 'revoke') await transaction.query('delete from auth_signing_keys');
      else await transaction.query(retireSigningKey, [decision.signsFrom, decision.acceptedUntil]);
      // A private key that nobody needs any more is not kept.
      await transaction.query('delete from auth_signing_keys where accepted_until < now()');
      await transaction.query(
        `insert into auth_signing_keys (kid, private_key_sealed, is_active, signs_from) values ($1, $2, true, $3)`,
        [kid, this.secrets.seal(privatePem, placeOf(kid)), decision.signsFrom],
      );
      await this.audit.record(transaction, {
        actor,
        action: decision.kind === 'revoke' ? 'signing-key.revoked' : 'signing-key.rotated',
        objectType: 'signing-key',
        objectId: kid,
        before: { kids: keys.map((key) => key.kid) },
        after: { kid, signsFrom: decision.signsFrom },
      });
      transaction.afterCommit(() => this.keys.refresh(0));
      return decision;
    });
  }

  async #timesOf(transaction: Transaction): Promise<KeyTimes[]> {
    const rows = await transaction.query<{
      kid: string;
      signs_from: Date;
      retired_at: Date | null;
      accepted_until: Date | null;
    }>(readKeyTimes);
    return rows.map((row) => ({
      kid: row.kid,
      signsFrom: row.signs_from,
      retiredAt: row.retired_at,
      acceptedUntil: row.accepted_until,
    }));
  }
}
