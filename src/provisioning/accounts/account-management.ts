// From a change of the registry to the accounts it touches: who is entitled to what, one operation per account.
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { loadStatement, type Transaction } from '../../platform/database/index.js';
import type { Actor } from '../../platform/http/index.js';
import { type DurableEvent, DurableEvents, type EnqueueChild } from '../../queue/index.js';
import { IdentityReader } from '../../registry/index.js';
import { type AccountDecision, type AccountState, decideAccounts } from '../domain/decide-accounts.js';
import {
  ACCOUNT_MANAGEMENT,
  type AccountKey,
  type Entitlement,
  type PlacedDecision,
  toAccountKey,
  toFailedDecision,
  toOperation,
} from './account-operations.js';
import { apart } from './apart.js';

const folder = new URL('..', import.meta.url).href;
const LOAD_ENTITLEMENTS = loadStatement('load-entitlements', folder);
const LOAD_HELD_ACCOUNTS = loadStatement('load-held-accounts', folder);

interface HeldRow extends Entitlement {
  readonly id: number;
  readonly state: AccountState;
  readonly identifier: string | null;
}

@Injectable()
export class AccountManagement implements OnModuleInit {
  constructor(
    private readonly events: DurableEvents,
    private readonly identities: IdentityReader,
  ) {}

  onModuleInit(): void {
    this.events.subscribe({
      name: ACCOUNT_MANAGEMENT,
      topics: ['identity', 'role', 'mapping'],
      seesNewestOnly: true,
      decide: (event, transaction, enqueue) => this.#decide(event, transaction, enqueue),
    });
  }

  #decide(event: DurableEvent, transaction: Transaction, enqueue: EnqueueChild): Promise<string> {
    switch (event.topic) {
      case 'identity':
        return this.#manageIdentity(event.id, event.actor, transaction, enqueue);
      case 'account':
        return this.#manageAccount(toAccountKey(event.id), event.actor, transaction, enqueue);
      case 'role':
        return this.#passOn(
          event,
          'select identity_id as id from registry_role_assignments where role_id = $1',
          transaction,
          enqueue,
        );
      case 'mapping':
        return this.#passOn(
          event,
          `select a.identity_id as id from registry_role_assignments a
           join provisioning_role_mappings r on r.role_id = a.role_id where r.mapping_id = $1
           union
           select a.entity_id from provisioning_accounts a where a.mapping_id = $1 and a.state = 'wanted'`,
          transaction,
          enqueue,
        );
      default:
        return Promise.resolve(`Nothing follows from a change of ${event.topic}.`);
    }
  }

  /**
   * What cannot be decided for one system holds up no other: it becomes a failed operation of its own, which decides that
   * account again and is seen in the queue until it can.
   */
  async #manageIdentity(
    id: string,
    actor: Actor,
    transaction: Transaction,
    enqueue: EnqueueChild,
  ): Promise<string> {
    const { who, decisions } = await this.#decisionsFor(id, transaction);
    for (const one of decisions) {
      const carriedOut = await apart(transaction, () => this.#carryOut(one, id, transaction));
      if (carriedOut.ok) enqueue(toOperation(one, carriedOut.value, id, who, actor));
      else enqueue(toFailedDecision(one, carriedOut.error, id, who, actor));
    }
    const count = (kind: AccountDecision['kind']): number =>
      decisions.filter(({ decision }) => decision.kind === kind).length;
    return `${who}: ${count('grant')} new, ${count('match')} to match, ${count('release')} to delete`;
  }

  /** What could not be decided with the others. */
  async #manageAccount(
    { identityId, mappingId }: AccountKey,
    actor: Actor,
    transaction: Transaction,
    enqueue: EnqueueChild,
  ): Promise<string> {
    const { who, decisions } = await this.#decisionsFor(identityId, transaction);
    const one = decisions.find(({ decision }) => decision.mappingId === mappingId);
    if (!one) return `${who} has no such account any more, and is to have none.`;
    const accountId = await this.#carryOut(one, identityId, transaction);
    enqueue(toOperation(one, accountId, identityId, who, actor));
    return `${who}: ${one.decision.kind} on ${one.place.system_name}`;
  }

  async #decisionsFor(
    id: string,
    transaction: Transaction,
  ): Promise<{ readonly who: string; readonly decisions: readonly PlacedDecision[] }> {
    const identity = await this.identities.load(transaction, id);
    const entitlements = identity ? await transaction.query<Entitlement>(LOAD_ENTITLEMENTS, [id]) : [];
    const held = await transaction.query<HeldRow>(LOAD_HELD_ACCOUNTS, ['identity', id]);
    const decisions = decideAccounts(
      entitlements.map((entitlement) => entitlement.mapping_id),
      held.map((account) => ({ id: account.id, mappingId: account.mapping_id, state: account.state })),
    );
    return {
      who: identity?.login ?? id,
      decisions: decisions.flatMap((decision): PlacedDecision[] => {
        const account = held.find((one) => one.mapping_id === decision.mappingId);
        const place = account ?? entitlements.find((one) => one.mapping_id === decision.mappingId);
        return place ? [{ decision, place, identifier: account?.identifier ?? null }] : [];
      }),
    };
  }

  /** The account's row as it was decided; its id. */
  async #carryOut(
    { decision, place }: PlacedDecision,
    entityId: string,
    transaction: Transaction,
  ): Promise<number> {
    switch (decision.kind) {
      case 'grant': {
        const [row] = await transaction.query<{ id: number }>(
          `insert into provisioning_accounts (system_id, mapping_id, entity_type, entity_id) values ($1, $2, 'identity', $3) returning id`,
          [place.system_id, place.mapping_id, entityId],
        );
        if (!row) throw new Error('The account was not stored.');
        return row.id;
      }
      case 'match':
        await transaction.query(
          `update provisioning_accounts set state = 'wanted', updated_at = now() where id = $1 and state <> 'wanted'`,
          [decision.accountId],
        );
        return decision.accountId;
      case 'release':
        await transaction.query(
          `update provisioning_accounts set state = 'released', updated_at = now() where id = $1`,
          [decision.accountId],
        );
        return decision.accountId;
    }
  }

  /** A change that concerns many identities becomes one operation for each, in that identity's own lane. */
  async #passOn(
    event: DurableEvent,
    query: string,
    transaction: Transaction,
    enqueue: EnqueueChild,
  ): Promise<string> {
    const rows = await transaction.query<{ id: string }>(query, [event.id]);
    for (const { id } of rows) {
      for (const operation of this.events.operationsFor({ topic: 'identity', id, actor: event.actor })) {
        if (operation.kind === ACCOUNT_MANAGEMENT) enqueue(operation);
      }
    }
    return `concerns ${rows.length} identities`;
  }
}
