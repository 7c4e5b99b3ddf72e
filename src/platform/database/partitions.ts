// Daily partitions of insert-only tables: there before they are needed, made again when one is found missing.
import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/index.js';
import { Database } from './database.js';

const DAYS_AHEAD = 14;
const DAY_MS = 86_400_000;

@Injectable()
export class Partitions {
  readonly #tables = new Set<string>();

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Names a table partitioned by day on a timestamptz column (days in UTC); a migration has listed it in platform_partitioned_tables. */
  add(table: string): void {
    this.#tables.add(table);
  }

  /** Makes what is missing from yesterday to 14 days ahead. Cheap when nothing is. */
  async ensure(): Promise<void> {
    const wanted = [...this.#tables].flatMap((table) => partitionsOf(table, this.clock.now()));
    const rows = await this.database.query<{ relname: string }>(
      'select relname from pg_class where relname = any ($1)',
      [wanted.map(({ name }) => name)],
    );
    const present = new Set(rows.map((row) => row.relname));
    const missing = wanted.filter(({ name }) => !present.has(name));
    if (missing.length === 0) return;
    for (const { table, day } of missing) {
      // One transaction each: it locks its table for a moment, and never two tables at once.
      await this.database.transact(async (transaction) => {
        await transaction.query("set local lock_timeout = '2s'");
        // Two processes that start together make it one after the other.
        await transaction.query('select pg_advisory_xact_lock(7266002)');
        await transaction.query('select platform_make_partition($1, $2)', [table, day]);
      });
    }
  }
}

interface Partition {
  readonly table: string;
  readonly name: string;
  readonly day: string;
}

function partitionsOf(table: string, now: Date): Partition[] {
  const today = Math.floor(now.getTime() / DAY_MS);
  return Array.from({ length: DAYS_AHEAD + 2 }, (_, index) => {
    const day = new Date((today - 1 + index) * DAY_MS).toISOString().slice(0, 10);
    return { table, name: `${table}_p${day.replaceAll('-', '')}`, day };
  });
}
