// The keys of services: made, listed without what proves them, revoked.
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { AuditLog } from '../../audit/index.js';
import { Clock } from '../../platform/clock/index.js';
import { Database, loadStatement } from '../../platform/database/index.js';
import { decodeCursor, type Page, pageOf } from '../../platform/http/index.js';
import { authProblem } from '../auth.problems.js';
import { type Author, requireAuthority } from '../author.js';
import { hashOpaqueToken, makeOpaqueToken } from '../opaque-token.js';
import { SessionStandings } from '../session-standings.js';
import type { CreateServiceKeyRequest, MadeServiceKey, ServiceKeyDocument } from './service.schema.js';
import { KEEPING, lockService, ServicesService } from './services.service.js';

/** Tells people, and programs that look for secrets in the wrong places, what it is. */
const PREFIX = 'provost_key_';
const DAY_MS = 86_400_000;

interface KeyRow {
  readonly id: string;
  readonly name: string;
  readonly created_at: Date;
  readonly position: string;
  readonly expires_at: Date;
  readonly revoked_at: Date | null;
  readonly last_used_at: Date | null;
  readonly last_used_address: string | null;
}

const cursorKey = z.tuple([z.iso.datetime({ precision: 6 }), z.uuid()]);

const insertServiceKey = loadStatement('insert-service-key', import.meta.url);
const listServiceKeys = loadStatement('list-service-keys', import.meta.url);
const revokeServiceKey = loadStatement('revoke-service-key', import.meta.url);
const endSessionOfKey = loadStatement('end-session-of-key', import.meta.url);

@Injectable()
export class ServiceKeysService {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditLog,
    private readonly services: ServicesService,
    private readonly standings: SessionStandings,
    private readonly clock: Clock,
  ) {}

  /** @throws Problem 404 */
  async list(
    serviceId: string,
    page: { limit: number; after?: string | undefined },
  ): Promise<Page<ServiceKeyDocument>> {
    await this.services.get(serviceId);
    const [position, id] = page.after === undefined ? [] : decodeCursor(page.after, cursorKey);
    const rows = await this.database.query<KeyRow>(listServiceKeys, [
      serviceId,
      position ?? null,
      id ?? null,
      page.limit + 1,
    ]);
    return pageOf(rows, page.limit, toDocument, (row) => [row.position, row.id]);
  }

  /** @throws Problem 403 when the service may do more than the author; 404 */
  async make(serviceId: string, request: CreateServiceKeyRequest, author: Author): Promise<MadeServiceKey> {
    const key = `${PREFIX}${makeOpaqueToken().text}`;
    const expiresAt = new Date(this.clock.now().getTime() + request.expiresInDays * DAY_MS);
    return this.database.transact(async (transaction) => {
      const { service, current } = await lockService(transaction, serviceId, author);
      requireAuthority(current, [KEEPING, ...service.permissions]);
      const [row] = await transaction.query<KeyRow>(insertServiceKey, [
        serviceId,
        hashOpaqueToken(key),
        request.name,
        expiresAt,
      ]);
      if (row === undefined) throw new Error('The key was not stored.');
      await this.audit.record(transaction, {
        actor: author,
        action: 'service-key.created',
        objectType: 'service',
        objectId: serviceId,
        after: { keyId: row.id, name: row.name, expiresAt: row.expires_at },
      });
      return { ...toDocument(row), key };
    });
  }

  /** Its tokens end now here, and within 5 seconds elsewhere. @throws Problem 403, 404 */
  async revoke(serviceId: string, keyId: string, author: Author): Promise<void> {
    await this.database.transact(async (transaction) => {
      const { service, current } = await lockService(transaction, serviceId, author);
      requireAuthority(current, [KEEPING, ...service.permissions]);
      const [revoked] = await transaction.query<{ name: string }>(revokeServiceKey, [serviceId, keyId]);
      if (revoked === undefined) {
        throw authProblem.serviceKeyNotFound(
          `The service has no key ${keyId} that could be revoked. GET /api/v1/services/${serviceId}/keys lists those it has.`,
        );
      }
      const ended = await transaction.query<{ id: string }>(endSessionOfKey, [keyId]);
      await this.audit.record(transaction, {
        actor: author,
        action: 'service-key.revoked',
        objectType: 'service',
        objectId: serviceId,
        before: { keyId, name: revoked.name },
        after: { endedSessionIds: ended.map(({ id }) => id) },
      });
      transaction.afterCommit(() => this.standings.forgetAll());
    });
  }
}

function toDocument(row: KeyRow): ServiceKeyDocument {
  return {
    id: row.id,
    name: row.name,
    createdAt: row.created_at.toISOString(),
    expiresAt: row.expires_at.toISOString(),
    revokedAt: row.revoked_at?.toISOString() ?? null,
    lastUsedAt: row.last_used_at?.toISOString() ?? null,
    lastUsedAddress: row.last_used_address,
  };
}
