import type { Database, Transaction } from '../platform/database/index.js';
import type { RetryChoice, TargetMode } from '../queue/index.js';
import { noSystem } from './provisioning.problems.js';
import type { SystemEntity } from './system.entity.js';

/** A system with the settings of its queue target. */
export interface SystemRow extends SystemEntity {
  readonly mode: TargetMode;
  readonly concurrency: number;
  readonly retryPolicy: RetryChoice;
  readonly ratePerSecond: number | null;
}

const SELECT_SYSTEM = `
  select s.id, s.name, s.description, s.connector, s.config, s.sealed_secrets as "sealedSecrets",
    s.target_id as "targetId", s.version, s.created_at as "createdAt", s.updated_at as "updatedAt",
    t.mode, t.concurrency, coalesce(t.retry_settings, to_jsonb(t.retry_policy)) as "retryPolicy",
    t.rate_per_second as "ratePerSecond"
  from provisioning_systems s
  join queue_targets t on t.id = s.target_id`;

/** In the order of their names, one more than `limit` when there are more. */
export async function listSystems(
  database: Database,
  { limit, after }: { readonly limit: number; readonly after?: string | undefined },
): Promise<SystemRow[]> {
  return database.query<SystemRow>(
    `${SELECT_SYSTEM}
     where $1::text is null or s.name collate "C" > $1
     order by s.name collate "C"
     limit $2`,
    [after ?? null, limit + 1],
  );
}

/** @throws Problem 404 */
export async function loadSystem(executor: Pick<Database, 'query'>, id: string): Promise<SystemRow> {
  const [row] = await executor.query<SystemRow>(`${SELECT_SYSTEM} where s.id = $1`, [id]);
  if (row === undefined) throw noSystem(id);
  return row;
}

/**
 * The system, unchanged by anybody else until `transaction` ends; `for update` also keeps away new rows that refer to
 * it. @throws Problem 404
 */
export async function lockSystem(
  transaction: Transaction,
  id: string,
  lock: 'for key share' | 'for no key update' | 'for update',
): Promise<SystemRow> {
  // Locked first, read next: one statement would read the target as it was before it waited.
  await transaction.query(`select from provisioning_systems where id = $1 ${lock}`, [id]);
  return loadSystem(transaction, id);
}
