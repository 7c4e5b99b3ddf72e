// Keeping operators: who may log in, and as what.
import { Injectable } from '@nestjs/common';
import { In } from 'typeorm';
import { AuditLog } from '../audit/index.js';
import { Database, isUniqueViolation, loadStatement, type Transaction } from '../platform/database/index.js';
import { type Actor, type Page, pageOf, requireMatch } from '../platform/http/index.js';
import { authProblem } from './auth.problems.js';
import { type Author, requireAuthority } from './author.js';
import { type AuthorRow, currentAuthor, currentAuthorBefore, withGrantsOf } from './author-standing.js';
import { grantsOf, type Role, ROLES } from './domain/roles.js';
import { endSessionsOf } from './ending-sessions.js';
import { OperatorEntity } from './operator.entity.js';
import {
  type ChangeOperatorRequest,
  type CreateOperatorRequest,
  OPERATOR_REALMS,
  type OperatorDocument,
  toOperatorDocument,
} from './operator.schema.js';
import { PasswordHashing } from './password-hashing.js';
import { requireGoodPassword } from './password-rules.js';
import { SessionStandings } from './session-standings.js';

const listOperators = loadStatement('list-operators', import.meta.url);
const lockOperatorAndAdministrators = loadStatement('lock-operator-and-administrators', import.meta.url);

interface OperatorRow {
  readonly id: string;
  readonly realm: string;
  readonly login: string;
  readonly display_name: string;
  readonly roles: Role[];
  readonly identity_id: string | null;
  readonly is_disabled: boolean;
  readonly created_at: Date;
}

/** What every change here takes. */
const KEEPING = 'operators.write';

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

  async list(page: {
    limit: number;
    after: readonly [login: string, realm: string] | undefined;
  }): Promise<Page<OperatorDocument>> {
    const [login = null, realm = null] = page.after ?? [];
    const rows = await this.database.query<OperatorRow>(listOperators, [login, realm, page.limit + 1]);
    return pageOf(rows, page.limit, toDocumentOfRow, (row) => [row.login, row.realm]);
  }

  /** @throws Problem 404 */
  async get(id: string): Promise<OperatorEntity> {
    return found(id, await this.database.manager.findOneBy(OperatorEntity, withId(id)));
  }

  /** The operator whose password Provost keeps under this login. */
  async findByLogin(login: string): Promise<OperatorEntity | null> {
    return this.database.manager.findOneBy(OperatorEntity, { realm: 'local', login });
  }

  /** @throws Problem 400, 403 when the roles grant what the author does not have, 409 when the login is taken */
  async create(request: CreateOperatorRequest, author: Author): Promise<OperatorEntity> {
    const { password, ...rest } = request;
    const needed = [KEEPING, ...grantsOf(request.roles)];
    requireAuthority(author, needed);
    requireGoodPassword(password, request.login, '/password');
    const passwordHash = await this.passwords.hash(password);
    return this.database.transact(async (transaction) => {
      requireAuthority(await currentAuthor(transaction, author), needed);
      return this.insert(transaction, { ...rest, passwordHash }, author);
    });
  }

  /** Adds an operator in the caller's transaction. @throws Problem 409 when the login is taken. */
  async insert(transaction: Transaction, operator: NewOperator, actor: Actor): Promise<OperatorEntity> {
    // Once somebody can log in, setup is over: the token must not outlive this transaction.
    await transaction.query('delete from auth_setup_tokens');
    const entity = transaction.manager.create(OperatorEntity, {
      ...operator,
      realm: 'local',
      identityId: null,
      roles: [...operator.roles],
    });
    const saved = await transaction.manager.save(entity).catch((error: unknown) => {
      if (!isUniqueViolation(error, 'auth_operators_realm_login_key')) throw error;
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
   * Changes what `change` names; equal values change nothing. Disabling, or a new password, ends every session of the
   * operator.
   * @throws Problem 400; 403 when it is about more than the author has; 404; 409 when no administrator would be left or
   * the password is kept elsewhere; 412 when `ifMatch` is not its version
   */
  async change(
    id: string,
    change: ChangeOperatorRequest,
    ifMatch: string | undefined,
    author: Author,
  ): Promise<OperatorEntity> {
    const { password, roles, ...plain } = change;
    const passwordHash = await this.#hashFor(id, password, author);
    return this.database.transact(async (transaction) => {
      const { operator, current, isLastAdministrator } = await this.#lock(transaction, id, author);
      requireMatch(ifMatch, operator.version);
      const before = auditable(operator);
      Object.assign(operator, plain, roles && { roles: ROLES.filter((role) => roles.includes(role)) });
      requireAuthority(current, [KEEPING, ...grantsOf(before.roles), ...grantsOf(operator.roles)]);
      if (passwordHash === undefined && isSame(before, auditable(operator))) return operator;
      if (isLastAdministrator && !isAdministrator(operator)) throw lastAdministrator(operator);
      Object.assign(operator, passwordHash && { passwordHash });
      const saved = await transaction.manager.save(operator);
      if (saved.isDisabled || passwordHash !== undefined) {
        await endSessionsOf(transaction, id, 'operator-changed');
      }
      await this.audit.record(transaction, {
        actor: author,
        action: 'operator.changed',
        objectType: 'operator',
        objectId: id,
        before,
        after: { ...auditable(saved), ...(passwordHash === undefined ? {} : { isPasswordChanged: true }) },
      });
      transaction.afterCommit(() => this.standings.forgetAll());
      return saved;
    });
  }

  /** @throws Problem 403, 404; 409 for the author's own and for the last administrator; 412 */
  async remove(id: string, ifMatch: string | undefined, author: Author): Promise<void> {
    await this.database.transact(async (transaction) => {
      const { operator, current, isLastAdministrator } = await this.#lock(transaction, id, author);
      requireMatch(ifMatch, operator.version);
      requireAuthority(current, [KEEPING, ...grantsOf(operator.roles)]);
      if (id === author.id) {
        throw authProblem.ownAccountStays('Let another administrator delete you, or log out.');
      }
      if (isLastAdministrator) throw lastAdministrator(operator);
      await transaction.manager.delete(OperatorEntity, { id });
      await this.audit.record(transaction, {
        actor: author,
        action: 'operator.deleted',
        objectType: 'operator',
        objectId: id,
        before: auditable(operator),
      });
      transaction.afterCommit(() => this.standings.forgetAll());
    });
  }

  /** Logs an operator out everywhere. @throws Problem 403, 404 */
  async endSessions(id: string, author: Author): Promise<void> {
    await this.database.transact(async (transaction) => {
      const current = await currentAuthorBefore(transaction, author, id);
      const operator = found(id, await transaction.manager.findOneBy(OperatorEntity, withId(id)));
      requireAuthority(current, [KEEPING, ...grantsOf(operator.roles)]);
      const count = await endSessionsOf(transaction, id, 'ended-by-administrator');
      await this.audit.record(transaction, {
        actor: author,
        action: 'sessions.ended',
        objectType: 'operator',
        objectId: id,
        after: { count, reason: 'ended-by-administrator' },
      });
      transaction.afterCommit(() => this.standings.forgetAll());
    });
  }

  /** Hashed before anything is locked. */
  async #hashFor(id: string, password: string | undefined, author: Author): Promise<string | undefined> {
    if (password === undefined) return undefined;
    const operator = await this.get(id);
    requireAuthority(author, grantsOf(operator.roles));
    if (operator.realm !== 'local') {
      throw authProblem.passwordElsewhere(
        `The password of ${operator.realm}:${operator.login} is kept by the directory. Change it there.`,
      );
    }
    requireGoodPassword(password, operator.login, '/password');
    return this.passwords.hash(password);
  }

  async #lock(
    transaction: Transaction,
    id: string,
    author: Author,
  ): Promise<{ operator: OperatorEntity; current: Author; isLastAdministrator: boolean }> {
    const locked = await transaction.query<AuthorRow & { readonly is_administrator: boolean }>(
      lockOperatorAndAdministrators,
      [id, author.id],
    );
    const operator = found(id, await transaction.manager.findOneBy(OperatorEntity, withId(id)));
    const others = locked.filter((row) => row.is_administrator && row.id !== id);
    return {
      operator,
      current: withGrantsOf(author, locked),
      isLastAdministrator: isAdministrator(operator) && others.length === 0,
    };
  }
}

type Auditable = Pick<OperatorEntity, 'realm' | 'login' | 'displayName' | 'roles' | 'isDisabled'>;

/** What may be seen of an operator: everything but the password's hash. */
function auditable({ realm, login, displayName, roles, isDisabled }: OperatorEntity): Auditable {
  return { realm, login, displayName, roles: [...roles], isDisabled };
}

function isSame(one: Auditable, other: Auditable): boolean {
  return (
    one.displayName === other.displayName &&
    one.isDisabled === other.isDisabled &&
    one.roles.toSorted().join() === other.roles.toSorted().join()
  );
}

/** One of those who must not all go: the directory that vouches for the others may be away. */
function isAdministrator({
  realm,
  roles,
  isDisabled,
}: Pick<OperatorEntity, 'realm' | 'roles' | 'isDisabled'>): boolean {
  return realm === 'local' && roles.includes('administrator') && !isDisabled;
}

function lastAdministrator({ login }: OperatorEntity): Error {
  return authProblem.lastAdministrator(
    `${login} is the only administrator who can log in without the directory. Make another one first.`,
  );
}

function withId(id: string): object {
  return { id, realm: In([...OPERATOR_REALMS]) };
}

function found(id: string, operator: OperatorEntity | null): OperatorEntity {
  if (operator !== null) return operator;
  throw authProblem.operatorNotFound(`No operator has the id ${id}. GET /api/v1/operators lists them.`);
}

function toDocumentOfRow(row: OperatorRow): OperatorDocument {
  return toOperatorDocument({
    id: row.id,
    realm: row.realm,
    login: row.login,
    displayName: row.display_name,
    roles: row.roles,
    identityId: row.identity_id,
    isDisabled: row.is_disabled,
    createdAt: row.created_at,
  });
}
