// Accounts as people see them, and what was done to one lately.
import type { Database } from '../platform/database/index.js';
import type { AccountState } from './domain/decide-accounts.js';
import type { ShownValue } from './mappings.schema.js';

export interface AccountRow {
  readonly id: number;
  readonly mappingId: string;
  readonly systemId: string;
  readonly systemName: string;
  readonly entityId: string;
  /** Null once the identity is deleted. */
  readonly login: string | null;
  readonly state: AccountState;
  readonly identifier: string | null;
  readonly nativeId: string | null;
  readonly confirmedAt: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly waiting: number;
}

export interface AccountFilter {
  readonly identity?: string | undefined;
  readonly system?: string | undefined;
  readonly state?: AccountState | undefined;
  /** Only accounts after this one. */
  readonly after?: number | undefined;
  readonly limit: number;
}

const SELECT_ACCOUNT = `
  select a.id, a.mapping_id as "mappingId", s.id as "systemId", s.name as "systemName",
    a.entity_id as "entityId", i.login, a.state, a.identifier, a.native_id as "nativeId",
    a.confirmed_at as "confirmedAt", a.created_at as "createdAt", a.updated_at as "updatedAt",
    (select count(*) from queue_lanes l join queue_operations o on o.lane_id = l.id
     where l.key = 'account:' || a.id) as waiting
  from provisioning_accounts a
  join provisioning_systems s on s.id = a.system_id
  left join registry_identities i on a.entity_type = 'identity' and i.id = a.entity_id`;

/** In the order of their ids, one more than `limit` when there are more. */
export async function listAccounts(database: Database, filter: AccountFilter): Promise<AccountRow[]> {
  const values: unknown[] = [];
  const bind = (value: unknown): string => `$${values.push(value)}`;
  const conditions = [`a.id > ${bind(filter.after ?? 0)}`];
  if (filter.identity !== undefined) {
    conditions.push(`a.entity_type = 'identity' and a.entity_id = ${bind(filter.identity)}`);
  }
  if (filter.system !== undefined) conditions.push(`a.system_id = ${bind(filter.system)}`);
  if (filter.state !== undefined) conditions.push(`a.state = ${bind(filter.state)}`);
  return database.query<AccountRow>(
    `${SELECT_ACCOUNT} where ${conditions.join(' and ')} order by a.id limit ${bind(filter.limit + 1)}`,
    values,
  );
}

export async function loadAccountRow(database: Database, id: number): Promise<AccountRow | undefined> {
  const [row] = await database.query<AccountRow>(`${SELECT_ACCOUNT} where a.id = $1`, [id]);
  return row;
}

export interface AccountOperation {
  readonly laneId: number;
  readonly seq: number;
  readonly change: 'match' | 'delete';
  /** Null once retention removed its record from the queue. */
  readonly state: string | null;
  readonly actor: string;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
  readonly result: string | null;
  readonly attributes: readonly {
    readonly attribute: string;
    readonly was: readonly ShownValue[];
    readonly becomes: readonly ShownValue[];
  }[];
}

/** Newest first, waiting and finished ones alike. */
export async function newestOperations(
  database: Database,
  accountId: number,
  limit: number,
): Promise<AccountOperation[]> {
  return database.query<AccountOperation>(
    `with newest as (
       select p.lane_id, p.seq, p.change, p.actor, p.created_at
       from provisioning_operations p
       where p.account_id = $1
       order by p.lane_id desc, p.seq desc
       limit $2
     )
     select n.lane_id as "laneId", n.seq, n.change, n.actor, n.created_at as "createdAt",
       coalesce(waiting.state, finished.state) as state, finished.finished_at as "finishedAt", finished.result,
       coalesce(
         (select json_agg(json_build_object('attribute', c.attribute, 'was', c.was, 'becomes', c.becomes)
            order by c.recorded_at, c.attribute)
          from provisioning_operation_attributes c where c.lane_id = n.lane_id and c.seq = n.seq),
         '[]') as attributes
     from newest n
     left join queue_operations waiting on waiting.lane_id = n.lane_id and waiting.seq = n.seq
     left join lateral (
       select a.state, a.finished_at, a.result from queue_archive a
       where a.lane_id = n.lane_id and a.seq = n.seq
       limit 1
     ) finished on true
     order by n.lane_id desc, n.seq desc`,
    [accountId, limit],
  );
}
