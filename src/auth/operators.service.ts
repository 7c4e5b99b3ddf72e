// Keeping operators: who may log in, and as what.
import { Injectable } from '@nestjs/common';
import { AuditLog } from '../audit/index.js';
import { Database, isUniqueViolation, loadStatement, type Transaction } from '../platform/database/index.js';
import { type Actor, type Page, pageOf, requireMatch } from '../platform/http/index.js';
import { authProblem } from './auth.problems.js';
import type { Role } from './domain/roles.js';
import { OperatorEntity } from './operator.entity.js';
import type { ChangeOperatorRequest, CreateOperatorRequest, OperatorDocument } from './operator.schema.js';
import { toOperatorDocument } from './operator.schema.js';
import { PasswordHashing } from './password-hashing.js';
import { SessionStandings } from './session-standings.js';

const listOperators = loadStatement('list-operators', import.meta.url);
const lockOperatorAndAdministrators = loadStatement('lock-operator-and-administrators', import.meta.url);
const endSessionsOfOperator = loadStatement('end-sessions-of-operator', import.meta.url);

interface OperatorRow {
  readonly id: string;
  readonly login: string;
  readonly display_name: string;
  readonly roles: Role[];
  readonly is_disabled: boolean;
  readonly created_at: Date;
}

/** A new operator whose password is hashed already. */
export interface NewOperator {
  readonly login: string;
  readonly displayName: string;
  readonly passwordHash: string;
  readonly roles: readonly Role[];
}

@Injectable()
export class OperatorsService {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditLog,
    private readonly passwords: PasswordHashing,
    private readonly standings: SessionStandings,
  ) {}

  async list(page: { limit: number; afterLogin: string | undefined }): Promise<Page<OperatorDocument>> {
    const rows = await this.database.query<OperatorRow>(listOperators, [
      page.afterLogin ?? null,
      page.limit + 1,
    ]);
    return pageOf(rows, page.limit, toDocumentOfRow, (row) => [row.login]);
  }

  /** @throws Problem 404 */
  async get(id: string): Promise<OperatorEntity> {
    return this.database.manager.findOneBy(OperatorEntity, { id }).then(orNotFound(id));
  }

  async findByLogin(login: string): Promise<OperatorEntity | null> {
    return this.database.manager.findOneBy(OperatorEntity, { login });
  }

  /** @throws Problem 409 when the login is taken. */
  async create(request: CreateOperatorRequest, actor: Actor): Promise<OperatorEntity> {
    const { password, ...rest } = request;
    const passwordHash = await this.passwords.hash(password);
    return this.database.transact((transaction) =>
      this.insert(transaction, { ...rest, passwordHash }, actor),
    );
  }

  /** Adds an operator in the caller's transaction. @throws Problem 409 when the login is taken. */
  async insert(transaction: Transaction, operator: NewOperator, actor: Actor): Promise<OperatorEntity> {
    // Once somebody can log in, setup is over: the token must not outlive this transaction.
    await transaction.query('delete from auth_setup_tokens');
    const entity = transaction.manager.create(OperatorEntity, { ...operator, roles: [...operator.roles] });
    const saved = await transaction.manager.save(entity).catch((error: unknown) => {
      if (!isUniqueViolation(error, 'auth_operators_login_key')) throw error;
      throw authProblem.loginTaken(
        `An operator with the login ${operator.login} exists. Choose another login, or change that operator.`,
      );
    });
    await this.audit.record(transaction, {
      actor,
      action: 'operator.created',
      objectType: 'operator',
      objectId: saved.id,
      after: auditable(saved),
    });
    return saved;
  }

  /**
   * Changes what `change` names. Disabling, or a new password, ends every session of the operator.
   * @throws Problem 404; 412 when `ifMatch` is not its version; 409 when no administrator would be left.
   */
  async change(
    id: string,
    change: ChangeOperatorRequest,
    ifMatch: string | undefined,
    actor: Actor,
  ): Promise<OperatorEntity> {
    const { password, ...plain } = change;
    const passwordHash = password === undefined ? undefined : await this.passwords.hash(password);
    return this.database.transact(async (transaction) => {
      const locked = await transaction.query<{ id: string; is_administrator: boolean }>(
        lockOperatorAndAdministrators,
        [id],
      );
      const operator = await transaction.manager.findOneBy(OperatorEntity, { id }).then(orNotFound(id));
      requireMatch(ifMatch, operator.version);
      const before = auditable(operator);
      Object.assign(operator, plain, passwordHash === undefined ? {} : { passwordHash });
      const others = locked.filter((row) => row.is_administrator && row.id !== id);
      if (isAdministrator(before) && !isAdministrator(operator) && others.length === 0) {
        throw authProblem.lastAdministrator(
          `${operator.login} is the only administrator who can log in. Make another one first.`,
        );
      }
      const saved = await transaction.manager.save(operator);
      if (saved.isDisabled || passwordHash !== undefined) {
        await transaction.query(endSessionsOfOperator, [id]);
      }
      await this.audit.record(transaction, {
        actor,
        action: 'operator.changed',
        objectType: 'operator',
        objectId: id,
        before,
        after: { ...auditable(saved), ...(passwordHash === undefined ? {} : { password: 'changed' }) },
      });
      transaction.afterCommit(() => this.standings.forgetAll());
      return saved;
    });
  }
}

type Auditable = Pick<OperatorEntity, 'login' | 'displayName' | 'roles' | 'isDisabled'>;

/** What may be seen of an operator: everything but the password's hash. */
function auditable({ login, displayName, roles, isDisabled }: OperatorEntity): Auditable {
  return { login, displayName, roles, isDisabled };
}

function isAdministrator({ roles, isDisabled }: Pick<OperatorEntity, 'roles' | 'isDisabled'>): boolean {
  return roles.includes('administrator') && !isDisabled;
}

function orNotFound(id: string): (operator: OperatorEntity | null) => OperatorEntity {
  return (operator) => {
    if (operator !== null) return operator;
    throw authProblem.operatorNotFound(`No operator has the id ${id}. GET /api/v1/operators lists them.`);
  };
}

function toDocumentOfRow(row: OperatorRow): OperatorDocument {
  return toOperatorDocument({
    id: row.id,
    login: row.login,
    displayName: row.display_name,
    roles: row.roles,
    isDisabled: row.is_disabled,
    createdAt: row.created_at,
  });
}
