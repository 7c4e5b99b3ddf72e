// The database: what it is, whether its schema is this version's, and what will stop it before long.
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { migrations } from '../../migrations/index.js';
import { Database, loadStatement, weakDatabaseSettings } from '../platform/database/index.js';
import { Diagnosis, fault, fine, type Observation, warning } from '../platform/diagnosis/index.js';
import { type DatabaseFacts, judgeDatabase, judgeHeldBack, type HeldBack } from './judge-database.js';

const DATABASE_FACTS = loadStatement('database-facts', import.meta.url);
const HELD_BACK = loadStatement('held-back', import.meta.url);
const MISSING_PARTITIONS = loadStatement('missing-partitions', import.meta.url);

const LONG_TRANSACTION_SECONDS = 300;
const MUCH_LOG_BYTES = 1024 ** 3;
const DAYS_AHEAD = 3;

@Injectable()
export class DatabaseChecks implements OnModuleInit {
  constructor(
    private readonly diagnosis: Diagnosis,
    private readonly database: Database,
  ) {}

  onModuleInit(): void {
    const add = (subject: string, look: () => Promise<readonly Observation[]>): void =>
      this.diagnosis.add({ area: 'database', subject, look });
    add('The database server', () => this.#server());
    add("The service's role and connection", () => this.#access());
    add('The schema', () => this.#schema());
    add('The partitions', () => this.#partitions());
    add('What old transactions and slots hold back', () => this.#heldBack());
  }

  async #server(): Promise<readonly Observation[]> {
    const [facts] = await this.database.query<DatabaseFacts>(DATABASE_FACTS);
    return facts ? judgeDatabase(facts) : [];
  }

  async #access(): Promise<readonly Observation[]> {
    const weak = await weakDatabaseSettings(this.database);
    return weak.map((text) => {
      const [what = text, ...toDo] = text.split(/(?<=\.) /);
      return warning(what, 'DATABASE_URL', toDo.join(' '));
    });
  }

  async #schema(): Promise<readonly Observation[]> {
    const rows = await this.database.query<{ name: string }>('select name from platform_migrations');
    const applied = new Set(rows.map(({ name }) => name));
    const known = new Set(migrations.map(({ name }) => name));
    const pending = [...known].filter((name) => !applied.has(name));
    const unknown = [...applied].filter((name) => !known.has(name));
    const where = 'the schema';
    const seen: Observation[] = [];
    if (pending.length > 0)
      seen.push(fault(`It lacks ${pending.join(', ')}.`, where, 'Run npm run migrate with this version.'));
    if (unknown.length > 0) {
      seen.push(
        fault(
          `A newer version has changed it (${unknown.join(', ')}).`,
          where,
          'Start that version on every node; this one must not go on.',
        ),
      );
    }
    return seen.length > 0 ? seen : [fine('It is the one of this version.', where)];
  }

  async #partitions(): Promise<readonly Observation[]> {
    const rows = await this.database.query<{ table_name: string; ahead: number }>(MISSING_PARTITIONS, [
      DAYS_AHEAD,
    ]);
    const [first] = rows;
    if (first === undefined)
      return [fine(`Every table has its partitions for the next ${DAYS_AHEAD} days.`, 'partitions')];
    const day =
      first.ahead === 0 ? 'today' : first.ahead === 1 ? 'tomorrow' : `the day in ${first.ahead} days`;
    const what = `${first.table_name} has no partition for ${day}; missing in all: ${rows.length}.`;
    const whatToDo =
      'A worker makes them at its start and twice a day: start one, and look for what its log says of partitions.';
    const say = first.ahead === 0 ? fault : warning;
    return [say(what, first.table_name, whatToDo)];
  }

  async #heldBack(): Promise<readonly Observation[]> {
    const rows = await this.database.query<HeldBack>(HELD_BACK, [LONG_TRANSACTION_SECONDS, MUCH_LOG_BYTES]);
    return judgeHeldBack(rows);
  }
}
