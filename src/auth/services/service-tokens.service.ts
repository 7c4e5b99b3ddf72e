// A key for an access token. Each key has one session, and all its tokens end with that.
import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/index.js';
import { Database, loadStatement } from '../../platform/database/index.js';
import { AccessTokenIssuer } from '../access-token-issuer.js';
import { authProblem } from '../auth.problems.js';
import { deleteDeadSessionsOf } from '../ending-sessions.js';
import { LoginLimits } from '../login-limits.js';
import { hashOpaqueToken } from '../opaque-token.js';
import type { RequestOrigin } from '../request-origin.js';
import type { ServiceToken } from '../session.schema.js';

interface UsedKey {
  readonly serviceId: string;
  readonly sessionId: string;
  readonly secondsLeft: number;
}

const lockServiceOfKey = loadStatement('lock-service-of-key', import.meta.url);
const useServiceKey = loadStatement('use-service-key', import.meta.url);
const keepServiceSession = loadStatement('keep-service-session', import.meta.url);

@Injectable()
export class ServiceTokensService {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditLog,
    private readonly limits: LoginLimits,
    private readonly issuer: AccessTokenIssuer,
  ) {}

  /** @throws Problem 401, the same for every reason; 429 after too many wrong keys */
  async exchange(key: string, origin: RequestOrigin): Promise<ServiceToken> {
    const hash = hashOpaqueToken(key);
    // An unknown key is nobody's: it counts for its address.
    const attempt = { realm: 'service', login: hash.toString('base64url'), address: origin.address } as const;
    await this.limits.admit(attempt);
    let used: UsedKey | undefined;
    try {
      used = await this.#use(hash, origin);
    } catch (error) {
      await this.limits.undecided(attempt);
      throw error;
    }
    if (used === undefined) {
      await this.limits.refused(attempt);
      throw authProblem.serviceKeyRefused(
        'It is unknown, expired or revoked, or its service is disabled. An administrator can make a new one.',
        { headers: { 'www-authenticate': 'Bearer' } },
      );
    }
    await this.limits.succeeded(attempt);
    const { serviceId, sessionId, secondsLeft } = used;
    const token = await this.issuer.issue({ id: serviceId, roles: [] }, sessionId, secondsLeft);
    return { ...token, tokenType: 'Bearer' };
  }

  async #use(hash: Buffer, { requestId, address, client }: RequestOrigin): Promise<UsedKey | undefined> {
    return this.database.transact(async (transaction) => {
      const [service] = await transaction.query<{ id: string; login: string }>(lockServiceOfKey, [hash]);
      const [key] =
        service === undefined
          ? []
          : await transaction.query<{ id: string; name: string; expires_at: Date; seconds_left: number }>(
              useServiceKey,
              [hash, address],
            );
      if (service === undefined || key === undefined) {
        await this.audit.record(transaction, {
          actor: { name: 'anonymous', requestId },
          action: 'login.refused',
          objectType: 'service',
          objectId: service?.id ?? 'unknown',
          after: { realm: 'service', address },
        });
        return undefined;
      }
      const [session] = await transaction.query<{ id: string }>(keepServiceSession, [
        randomUUID(),
        service.id,
        key.id,
        key.expires_at,
        address,
        client,
      ]);
      if (session === undefined) throw new Error('The session was not stored.');
      await deleteDeadSessionsOf(transaction, service.id);
      await this.audit.record(transaction, {
        actor: { name: `service:${service.login}`, requestId },
        action: 'service-key.used',
        objectType: 'service',
        objectId: service.id,
        after: { keyId: key.id, name: key.name, sessionId: session.id, address, client },
      });
      return { serviceId: service.id, sessionId: session.id, secondsLeft: key.seconds_left };
    });
  }
}
