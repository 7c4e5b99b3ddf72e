// What a person does with the keys of secrets. Each command may be broken off and repeated.
import type { Database } from '../database/index.js';
import type { InstallationKeys } from './installation-keys.js';
import { checkKeys, keepCheck, knownKeys, removeCheck, storeCheck, UNKNOWN_KEY } from './key-checks.js';
import { abandonUnreadable, inspectSealed, rewrapAll, type SealedState } from './key-replacement.js';

/** Held by the one command that changes keys; the same number in every version. */
const LOCK = 7_266_003;

export interface KeyCommand {
  readonly isWell: boolean;
  /** Whether a key, a check value or a secret is another now. */
  readonly hasChanged: boolean;
}

const REFUSED: KeyCommand = { isWell: false, hasChanged: false };

export class KeyCommands {
  constructor(
    private readonly database: Database,
    private readonly keys: InstallationKeys,
    private readonly log: (line: string) => void,
  ) {}

  async status(): Promise<KeyCommand> {
    this.#tell(await inspectSealed(this.database, this.keys.ring));
    return { isWell: true, hasChanged: false };
  }

  /** @throws DataKeyError when secrets need a key that is not given */
  async replace(): Promise<KeyCommand> {
    return this.#alone(async () => {
      const { ring, file } = this.keys;
      await checkKeys(this.database, ring);
      const before = await inspectSealed(this.database, ring);
      if (file === null && ring.all().length === 1 && before.needsCurrentKeyOnly) {
        this.log(
          `Everything that opens is under the key ${ring.current.id}, and no other is configured. To replace it set ` +
            'PROVOST_SECRETS_KEY to a new one and PROVOST_SECRETS_PREVIOUS_KEYS to this one on every node, as ' +
            'docs/secrets.md says, and run this again.',
        );
        return REFUSED;
      }
      // What an earlier run did not finish goes on under the key that run has made.
      const isUnfinished = ring.all().length > 1 && !before.needsCurrentKeyOnly;
      const isNew = file !== null && !isUnfinished;
      if (isNew) {
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
      return {
        isWell: after.needsCurrentKeyOnly && after.unreadable.length === 0,
        hasChanged: isNew || count > 0,
      };
    });
  }

  /** @throws DataKeyError when secrets need a key that is not given */
  async forget(): Promise<KeyCommand> {
    return this.#alone(async () => {
      const { ring, file } = this.keys;
      await checkKeys(this.database, ring);
      const state = await inspectSealed(this.database, ring);
      if (!state.needsCurrentKeyOnly) {
        this.#tell(state);
        this.log(
          state.unreadable.length === 0
            ? 'Previous keys are still needed. First: npm run keys -- replace'
            : 'What does not open may need a previous key. Enter it again first, or give the key it is under.',
        );
        return REFUSED;
      }
      const isOutOfFile = file?.keepCurrent() ?? false;
      const isOutOfChecks = await keepCheck(this.database, ring.current);
      const rest = state.givenUp > 0 ? `, but for ${state.givenUp} whose key was given up` : '';
      this.log(
        `Every secret is under the key ${ring.current.id}${rest}. ` +
          (ring.all().length === 1
            ? 'No other key is kept; delete previous ones from your backups when those backups are no longer needed.'
            : 'Remove PROVOST_SECRETS_PREVIOUS_KEYS from the configuration of every node and restart it.'),
      );
      return { isWell: true, hasChanged: isOutOfFile || isOutOfChecks };
    });
  }

  /** @param lostKey its id, as the refused start tells it: nobody gives up a key by running this in the wrong place */
  async abandon(lostKey: string): Promise<KeyCommand> {
    return this.#alone(async () => {
      const { ring } = this.keys;
      const known = await knownKeys(this.database);
      const isNamed = known.includes(lostKey);
      if (!isNamed && (lostKey !== UNKNOWN_KEY || known.length > 0)) {
        this.log(`No key ${lostKey} is in use here. In use: ${known.join(', ') || 'none that is known'}.`);
        return REFUSED;
      }
      if (ring.find(lostKey) !== undefined) {
        this.log(`The key ${lostKey} is not lost: it is among those given here.`);
        return REFUSED;
      }
      const left = await abandonUnreadable(this.database, ring, isNamed ? lostKey : undefined);
      await storeCheck(this.database, ring.current);
      await removeCheck(this.database, lostKey);
      this.log(`What a start makes anew was removed. Goes on with the key ${ring.current.id}.`);
      for (const place of left) this.log(`Does not open any more, see docs/secrets.md: ${place}`);
      return { isWell: true, hasChanged: true };
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

  async #alone(work: () => Promise<KeyCommand>): Promise<KeyCommand> {
    return this.database.transact(async (transaction) => {
      const [row] = await transaction.query<{ taken: boolean }>(
        'select pg_try_advisory_xact_lock($1) as taken',
        [LOCK],
      );
      if (row?.taken !== true) {
        this.log('Another command is changing the keys of this database. Wait for it to end.');
        return REFUSED;
      }
      return work();
    });
  }
}
