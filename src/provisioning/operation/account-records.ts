// The rows about accounts and their operations that an attempt reads and, with its completion, writes.
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { AuditLog } from '../../audit/index.js';
import { Database, loadStatement, Partitions, type Transaction } from '../../platform/database/index.js';
import {
  type Attempt,
  type EnqueuedOperation,
  type OperationRef,
  type Outcome,
  toOperationId,
} from '../../queue/index.js';
import type { ObjectRef } from '../connector/connector.contract.js';
import type { AccountContext } from './account-context.js';
import type { ProvisioningPayload } from './provisioning-payload.js';

const folder = new URL('..', import.meta.url).href;
const CONFIRM_ACCOUNT = loadStatement('confirm-account', folder);
const FORGET_OBJECT = loadStatement('forget-object', folder);
const TAKE_UP_OBJECT = loadStatement('take-up-object', folder);
const INSERT_ATTRIBUTE_CHANGES = loadStatement('insert-attribute-changes', folder);

/** One attribute's values before and after, as the history shows them. */
export interface AttributeChange {
  readonly attribute: string;
  readonly was: unknown[];
  readonly becomes: unknown[];
}

/** What became of an account on its system, for the audit record. */
export interface AccountEffect {
  readonly verb: 'created' | 'updated' | 'renamed' | 'adopted' | 'deleted';
  /** The identifier before; null when there was none. */
  readonly was: string | null;
  readonly becomes: string | null;
  readonly changes: readonly AttributeChange[];
}

@Injectable()
export class AccountRecords implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly partitions: Partitions,
    private readonly audit: AuditLog,
  ) {}

  onModuleInit(): void {
    this.partitions.add('provisioning_operations');
    this.partitions.add('provisioning_operation_attributes');
  }

  /** Whether another account has this object, or what is known of it says that it is there. */
  async isHeldByOther(account: AccountContext, found: ObjectRef): Promise<boolean> {
    const rows = await this.database.query(
      `select from provisioning_accounts a
       where a.system_id = $1 and a.id <> $2
         and (a.native_id = $3 or (md5(a.identifier) = md5($4) and a.identifier = $4 and ($3::text is null or a.native_id is null)))`,
      [account.system.id, account.accountId, found.nativeId, found.identifier],
    );
    return rows.length > 0;
  }

  async insertOperations(
    transaction: Transaction,
    operations: readonly EnqueuedOperation<ProvisioningPayload>[],
  ): Promise<void> {
    await transaction.query(
      `insert into provisioning_operations (lane_id, seq, system_id, account_id, entity_type, entity_id, change, actor, request_id)
       select * from unnest($1::bigint[], $2::bigint[], $3::uuid[], $4::bigint[], $5::text[], $6::uuid[], $7::text[], $8::text[], $9::text[])`,
      [
        operations.map(({ laneId }) => laneId),
        operations.map(({ seq }) => seq),
        operations.map(({ payload }) => payload.systemId),
        operations.map(({ payload }) => payload.accountId),
        operations.map(({ payload }) => payload.entityType),
        operations.map(({ payload }) => payload.entityId),
        operations.map(({ payload }) => payload.change),
        operations.map(({ actor }) => actor.name),
        operations.map(({ actor }) => actor.requestId),
      ],
    );
  }

  /**
   * Says at once, apart from the operation's end, that an object is the account's, and how that came about. Of two
   * attempts that say so, a frozen one and the one that took its place, one is heard.
   */
  async takeUp(
    attempt: Attempt<ProvisioningPayload>,
    account: AccountContext,
    { identifier, nativeId }: ObjectRef,
    effect: AccountEffect,
  ): Promise<AccountContext> {
    await this.database.transact(async (transaction) => {
      const taken = await transaction.query(TAKE_UP_OBJECT, [
        account.accountId,
        identifier,
        nativeId,
        account.identifier,
        account.nativeId,
      ]);
      if (taken.length > 0) await this.recordEffect(transaction, attempt, account, effect);
    });
    return { ...account, identifier, nativeId };
  }

  /** Says at once that the account has no object: what is created next is another one. */
  async forgetNow(accountId: number): Promise<void> {
    await this.database.query(FORGET_OBJECT, [accountId]);
  }

  async confirm(transaction: Transaction, accountId: number, ref: ObjectRef): Promise<void> {
    await transaction.query(CONFIRM_ACCOUNT, [accountId, ref.identifier, ref.nativeId]);
  }

  async forget(transaction: Transaction, accountId: number): Promise<void> {
    await transaction.query(FORGET_OBJECT, [accountId]);
  }

  async recordChanges(
    transaction: Transaction,
    { laneId, seq }: OperationRef,
    changes: readonly AttributeChange[],
  ): Promise<void> {
    if (changes.length === 0) return;
    await transaction.query(INSERT_ATTRIBUTE_CHANGES, [
      laneId,
      seq,
      changes.map(({ attribute }) => attribute),
      changes.map(({ was }) => JSON.stringify(was)),
      changes.map(({ becomes }) => JSON.stringify(becomes)),
    ]);
  }

  async recordEffect(
    transaction: Transaction,
    { operation }: Attempt<ProvisioningPayload>,
    { accountId, entityId, system }: AccountContext,
    { verb, was, becomes, changes }: AccountEffect,
  ): Promise<void> {
    const side = (identifier: string | null, values: (change: AttributeChange) => unknown[]): unknown => ({
      system: system.name,
      identity: entityId,
      identifier,
      attributes: Object.fromEntries(changes.map((change) => [change.attribute, values(change)])),
    });
    await this.audit.record(transaction, {
      actor: operation.actor,
      operation: toOperationId(operation),
      action: `account.${verb}`,
      objectType: 'account',
      objectId: String(accountId),
      before: was === null ? undefined : side(was, (change) => change.was),
      after: becomes === null ? undefined : side(becomes, (change) => change.becomes),
    });
  }
}

/** The object is where `ref` says: known with the operation's end. */
export function confirmed(
  records: AccountRecords,
  attempt: Attempt<ProvisioningPayload>,
  account: AccountContext,
  ref: ObjectRef,
  summary: string,
  changes: readonly AttributeChange[],
  effect: AccountEffect | null,
): Outcome {
  return {
    kind: 'executed',
    summary,
    settle: async (transaction) => {
      await records.confirm(transaction, account.accountId, ref);
      await records.recordChanges(transaction, attempt.operation, changes);
      if (effect) await records.recordEffect(transaction, attempt, account, effect);
    },
  };
}

/** The account has no object any more. */
export function forgotten(
  records: AccountRecords,
  attempt: Attempt<ProvisioningPayload>,
  account: AccountContext,
  summary: string,
  effect: AccountEffect | null,
): Outcome {
  return {
    kind: 'executed',
    summary,
    settle: async (transaction) => {
      await records.forget(transaction, account.accountId);
      if (effect) await records.recordEffect(transaction, attempt, account, effect);
    },
  };
}
