// Keeping services: programs that may use Provost, each with permissions of its own, named one by one.
import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/index.js';
import {
  Database,
  isUniqueViolation,
  loadStatement,
  type Transaction,
} from '../../platform/database/index.js';
import { type Page, pageOf, type Permission, requireMatch } from '../../platform/http/index.js';
import { authProblem } from '../auth.problems.js';
import { type Author, requireAuthority } from '../author.js';
import { currentAuthor, currentAuthorBefore } from '../author-standing.js';
import { endSessionsOf } from '../ending-sessions.js';
import { KnownPermissions } from '../known-permissions.js';
import { OperatorEntity } from '../operator.entity.js';
import { SessionStandings } from '../session-standings.js';
import {
  type ChangeServiceRequest,
  type CreateServiceRequest,
  type ServiceDocument,
  toServiceDocument,
} from './service.schema.js';

interface ServiceListRow {
  readonly id: string;
  readonly login: string;
  readonly display_name: string;
  readonly permissions: Permission[];
  readonly is_disabled: boolean;
  readonly created_at: Date;
}

const listServices = loadStatement('list-services', import.meta.url);

/** What every change of a service or of its keys takes. */
export const KEEPING = 'services.write';

@Injectable()
export class ServicesService {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditLog,
    private readonly known: KnownPermissions,
    private readonly standings: SessionStandings,
  ) {}

  async list(page: { limit: number; afterLogin: string | undefined }): Promise<Page<ServiceDocument>> {
    const rows = await this.database.query<ServiceListRow>(listServices, [
      page.afterLogin ?? null,
      page.limit + 1,
    ]);
    return pageOf(
      rows,
      page.limit,
      (row) =>
        toServiceDocument({
          id: row.id,
          login: row.login,
          displayName: row.display_name,
          permissions: row.permissions,
          isDisabled: row.is_disabled,
          createdAt: row.created_at,
        }),
      (row) => [row.login],
    );
  }

  /** @throws Problem 404 */
  async get(id: string): Promise<OperatorEntity> {
    return found(id, await this.database.manager.findOneBy(OperatorEntity, { id, realm: 'service' }));
  }

  /** @throws Problem 403 for what the author does not have, 409 when the login is taken, 422 */
  async create(request: CreateServiceRequest, author: Author): Promise<OperatorEntity> {
    this.#requireKnown(request.permissions);
    return this.database.transact(async (transaction) => {
      requireAuthority(await currentAuthor(transaction, author), [KEEPING, ...request.permissions]);
      const entity = transaction.manager.create(OperatorEntity, {
        ...request,
        permissions: request.permissions.toSorted(),
        realm: 'service',
        passwordHash: null,
        identityId: null,
        roles: [],
      });
      const saved = await transaction.manager.save(entity).catch((error: unknown) => {
        if (!isUniqueViolation(error, 'auth_operators_realm_login_key')) throw error;
        throw authProblem.loginTaken(
          `A service with the login ${request.login} exists. Choose another login, or change that service.`,
        );
      });
      await this.#record(transaction, author, 'created', saved.id, { after: auditable(saved) });
      return saved;
    });
  }

  /**
   * Changes what `change` names; equal values change nothing. Disabling ends its tokens.
   * @throws Problem 403, 404, 412, 422
   */
  async change(
    id: string,
    change: ChangeServiceRequest,
    ifMatch: string | undefined,
    author: Author,
  ): Promise<OperatorEntity> {
    const { permissions, ...plain } = change;
    if (permissions !== undefined) this.#requireKnown(permissions);
    return this.database.transact(async (transaction) => {
      const { service, current } = await lockService(transaction, id, author);
      requireMatch(ifMatch, service.version);
      const before = auditable(service);
      Object.assign(service, plain, permissions && { permissions: permissions.toSorted() });
      requireAuthority(current, [KEEPING, ...before.permissions, ...service.permissions]);
      const after = auditable(service);
      if (JSON.stringify(before) === JSON.stringify(after)) return service;
      const saved = await transaction.manager.save(service);
      if (saved.isDisabled) await endSessionsOf(transaction, id, 'operator-changed');
      await this.#record(transaction, author, 'changed', id, { before, after });
      transaction.afterCommit(() => this.standings.forgetAll());
      return saved;
    });
  }

  /** With its keys and tokens. @throws Problem 403, 404, 412 */
  async remove(id: string, ifMatch: string | undefined, author: Author): Promise<void> {
    await this.database.transact(async (transaction) => {
      const { service, current } = await lockService(transaction, id, author);
      requireMatch(ifMatch, service.version);
      requireAuthority(current, [KEEPING, ...service.permissions]);
      await transaction.manager.delete(OperatorEntity, { id });
      await this.#record(transaction, author, 'deleted', id, { before: auditable(service) });
      transaction.afterCommit(() => this.standings.forgetAll());
    });
  }

  #requireKnown(permissions: readonly string[]): void {
    const unknown = permissions.filter((permission) => !this.known.has(permission));
    if (unknown.length === 0) return;
    throw authProblem.unknownPermission(
      `No route asks for ${unknown.join(', ')}. The x-permission of each route is in /docs.`,
      {
        errors: unknown.map((permission) => ({
          pointer: `/permissions/${permissions.indexOf(permission)}`,
          detail: 'is asked for by no route',
        })),
      },
    );
  }

  async #record(
    transaction: Transaction,
    author: Author,
    verb: 'created' | 'changed' | 'deleted',
    objectId: string,
    values: { before?: unknown; after?: unknown },
  ): Promise<void> {
    const action = `service.${verb}`;
    await this.audit.record(transaction, {
      actor: author,
      action,
      objectType: 'service',
      objectId,
      ...values,
    });
  }
}

/** Held until commit, with whoever changes it as of now. @throws Problem 404 */
export async function lockService(
  transaction: Transaction,
  id: string,
  author: Author,
): Promise<{ service: OperatorEntity; current: Author }> {
  const current = await currentAuthorBefore(transaction, author, id);
  const service = await transaction.manager.findOneBy(OperatorEntity, { id, realm: 'service' });
  return { service: found(id, service), current };
}

function auditable({
  login,
  displayName,
  permissions,
  isDisabled,
}: OperatorEntity): Pick<OperatorEntity, 'login' | 'displayName' | 'permissions' | 'isDisabled'> {
  return { login, displayName, permissions: [...permissions], isDisabled };
}

function found(id: string, service: OperatorEntity | null): OperatorEntity {
  if (service !== null) return service;
  throw authProblem.serviceNotFound(`No service has the id ${id}. GET /api/v1/services lists them.`);
}
