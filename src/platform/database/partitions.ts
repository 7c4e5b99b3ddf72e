// Daily partitions of insert-only tables: there before they are needed, made again when one is found missing.
import { Injectable } from '@nestjs/common';
import { Database } from './database.js';
import { loadStatement } from './statement.js';

const DAYS_AHEAD = 14;
/** Held by the one process that makes a partition. An arbitrary number, the same in every version. */
const LOCK = 7_266_002;

const MISSING_PARTITIONS = loadStatement('missing-partitions', import.meta.url);

@Injectable()
export class Partitions {
  readonly #tables = new Set<string>();

  constructor(private readonly database: Database) {}

  /** Names a table partitioned by day on a timestamptz column (days in UTC); a migration has listed it in platform_partitioned_tables. */
  add(table: string): void {
    this.#tables.add(table);
  }

  /** Makes what is missing from yesterday to 14 days ahead, by the database's clock. Cheap when nothing is. */
  async ensure(): Promise<void> {
    const missing = await this.database.query<DayOfTable>(MISSING_PARTITIONS, [
      [...this.#tables],
      DAYS_AHEAD,
    ]);
    for (const { table, day } of missing) {
      // One transaction each: it locks its table for a moment, and never two tables at once.
      await this.database.transact(async (transaction) => {
        await transaction.query("set local lock_timeout = '2s'");
        // Two processes that start together make it one after the other.
        await transaction.query('select pg_advisory_xact_lock($1)', [LOCK]);
        await transaction.query('select platform_make_partition($1, $2)', [table, day]);
      });
    }
  }
}

/** One day of one table; the day as `2027-01-31`. */
export interface DayOfTable {
  readonly table: string;
  readonly day: string;
}
