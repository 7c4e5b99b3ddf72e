// What a person does with the keys of secrets. Each command may be broken off and repeated.
import type { Database } from '../database/index.js';
import type { InstallationKeys } from './installation-keys.js';
import { keepChecks, storeCheck } from './key-checks.js';
import { abandonUnreadable, inspectSealed, rewrapAll, type SealedState } from './key-replacement.js';

/** Held by the one command that changes keys; the same number in every version. */
const LOCK = 7_266_003;

export class KeyCommands {
  constructor(
    private readonly database: Database,
    private readonly keys: InstallationKeys,
    private readonly log: (line: string) => void,
  ) {}

  /** Each returns whether all is well. */
  async status(): Promise<boolean> {
    this.#tell(await inspectSealed(this.database, this.keys.ring));
    return true;
  }

  async replace(): Promise<boolean> {
    return this.#alone(async () => {
      const { ring, file } = this.keys;
      const before = await inspectSealed(this.database, ring);
      if (file === null && ring.all().length === 1 && before.needsCurrentKeyOnly) {
        this.log(
          `Everything is under the key ${ring.current.id}, and no other is configured. To replace it set ` +
            'PROVOST_SECRETS_KEY to a new one and PROVOST_SECRETS_PREVIOUS_KEYS to this one on every node, as ' +
            'docs/secrets.md says, and run this again.',
        );
        return false;
      }
      // What an earlier run did not finish goes on under the key that run has made.
      const isUnfinished = ring.all().length > 1 && !before.needsCurrentKeyOnly;
      if (file !== null && !isUnfinished) {
        file.addKey();
        this.log(`New key ${ring.current.id} in ${file.path}. Back that file up now.`);
      }
      await storeCheck(this.database, ring.current);
      const count = await rewrapAll(this.database, ring);
      this.log(`${count} secrets were put under the key ${ring.current.id}.`);
      const after = await inspectSealed(this.database, ring);
      this.#tell(after);
      if (after.needsCurrentKeyOnly)
        this.log(
          'Nothing needs a previous key any more. When every node has been running with the new key for a minute: npm run keys -- forget',
        );
      return after.needsCurrentKeyOnly && after.unreadable.length === 0;
    });
  }

  async forget(): Promise<boolean> {
    return this.#alone(async () => {
      const { ring, file } = this.keys;
      const state = await inspectSealed(this.database, ring);
      if (!state.needsCurrentKeyOnly) {
        this.#tell(state);
        this.log('Previous keys are still needed. First: npm run keys -- replace');
        return false;
      }
      file?.keepCurrent();
      await keepChecks(this.database, [ring.current]);
      this.log(
        `Every secret is under the key ${ring.current.id}. ` +
          (ring.all().length === 1
            ? 'No other key is kept; delete previous ones from your backups when those backups are no longer needed.'
            : 'Remove PROVOST_SECRETS_PREVIOUS_KEYS from the configuration of every node and restart it.'),
      );
      return true;
    });
  }

  async abandon(): Promise<boolean> {
    return this.#alone(async () => {
      const { ring } = this.keys;
      const left = await abandonUnreadable(this.database, ring);
      await keepChecks(this.database, ring.all());
      await storeCheck(this.database, ring.current);
      this.log(`What a start makes anew was removed. Goes on with the key ${ring.current.id}.`);
      for (const place of left) this.log(`Does not open any more, see docs/secrets.md: ${place}`);
      return true;
    });
  }

  #tell({ valuesByKey, unreadable }: SealedState): void {
    const [current, ...previous] = this.keys.ring.all();
    this.log(
      `Current key: ${current.id}. Previous keys: ${previous.map(({ id }) => id).join(', ') || 'none'}.`,
    );
    for (const [id, count] of valuesByKey) this.log(`  ${count} secrets under ${id}`);
    for (const place of unreadable) this.log(`  does not open with any of them, enter it again: ${place}`);
  }

  async #alone(work: () => Promise<boolean>): Promise<boolean> {
    return this.database.transact(async (transaction) => {
      const [row] = await transaction.query<{ taken: boolean }>(
        'select pg_try_advisory_xact_lock($1) as taken',
        [LOCK],
      );
      if (row?.taken !== true) {
        this.log('Another command is changing the keys of this database. Wait for it to end.');
        return false;
      }
      return work();
    });
  }
}
