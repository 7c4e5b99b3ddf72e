// What the server says of itself, judged.
import { fault, fine, type Observation, warning } from '../platform/diagnosis/index.js';

export interface DatabaseFacts {
  readonly version: string;
  readonly version_number: number;
  readonly is_replica: boolean;
  /** Settings that keep what was acknowledged, or the tables in shape, and are off. */
  readonly switched_off: readonly string[];
  /** Transactions since the oldest row was frozen; PostgreSQL stops writing before 2^31. */
  readonly oldest_row_age: number;
  readonly connections: number;
  readonly allowed: number;
}

export interface HeldBack {
  readonly kind: 'transaction' | 'prepared' | 'slot';
  readonly name: string;
  readonly seconds: number | null;
  readonly bytes: number | null;
}

const OLDEST_VERSION = 150_000;
const WRAPAROUND_NEAR = 1_000_000_000;
const FEW_FREE = 10;
const SERVER = 'the database server';

export function judgeDatabase(facts: DatabaseFacts): Observation[] {
  const seen: Observation[] = [];
  if (facts.is_replica)
    seen.push(fault('It is a replica that only reads.', SERVER, 'Let DATABASE_URL lead to the primary.'));
  if (facts.version_number < OLDEST_VERSION)
    seen.push(fault(`It is PostgreSQL ${facts.version}.`, SERVER, 'Upgrade it to PostgreSQL 15 or newer.'));
  for (const setting of facts.switched_off) seen.push(switchedOff(setting));
  if (facts.oldest_row_age > WRAPAROUND_NEAR) {
    const what = `Its oldest row is ${facts.oldest_row_age} transactions old; near 2,000,000,000 it stops writing.`;
    seen.push(fault(what, SERVER, 'Let vacuum finish: end what holds it back, and run VACUUM (FREEZE).'));
  }
  const free = facts.allowed - facts.connections;
  if (free < FEW_FREE) {
    const what = `Only ${Math.max(0, free)} of its ${facts.allowed} connections are free.`;
    const whatToDo =
      'Raise max_connections, or lower PROVOST_DATABASE_POOL_SIZE: each node uses up to twice that and two more.';
    seen.push(warning(what, SERVER, whatToDo));
  }
  if (seen.length > 0) return seen;
  return [
    fine(`It answers: PostgreSQL ${facts.version}, ${free} of ${facts.allowed} connections free.`, SERVER),
  ];
}

function switchedOff(setting: string): Observation {
  if (setting === 'autovacuum') {
    const what = 'autovacuum is off: tables grow and get slow until it stops writing.';
    return warning(what, SERVER, 'Switch it on: alter system set autovacuum = on; select pg_reload_conf();');
  }
  const what = `${setting} is off: what was acknowledged is lost when the machine fails.`;
  return fault(what, SERVER, `Switch it on: alter system set ${setting} = on; select pg_reload_conf();`);
}

export function judgeHeldBack(rows: readonly HeldBack[]): Observation[] {
  if (rows.length === 0) return [fine('No old transaction or slot holds anything back.', SERVER)];
  return rows.map(({ kind, name, seconds, bytes }) => {
    const minutes = Math.round((seconds ?? 0) / 60);
    switch (kind) {
      case 'transaction':
        return warning(
          `A transaction has been open for ${minutes} min: what is removed meanwhile cannot be cleaned up, and sealing waits.`,
          name,
          'End what it belongs to, or the session itself with pg_terminate_backend.',
        );
      case 'prepared':
        return warning(
          `A prepared transaction has been open for ${minutes} min: what is removed meanwhile cannot be cleaned up.`,
          name,
          'COMMIT PREPARED or ROLLBACK PREPARED it, as whoever made it says.',
        );
      case 'slot':
        return warning(
          `A replication slot that nobody reads keeps ${Math.round((bytes ?? 0) / 1024 ** 2)} MiB of log: the disk fills.`,
          name,
          'Bring its reader back, or drop it with pg_drop_replication_slot.',
        );
    }
  });
}
