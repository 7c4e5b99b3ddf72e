// What the doctor asks of logging in: settings that weaken it, keys about to run out, the directory that lets people in.
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { Database, loadStatement } from '../platform/database/index.js';
import { Diagnosis, fault, fine, type Observation, warning } from '../platform/diagnosis/index.js';
import { wordsOf } from '../platform/failures/index.js';
import { authSettings, type AuthSettings } from './auth.config.js';
import { DirectoryAccounts } from './directory/directory-accounts.js';

const KEY_EXPIRIES = loadStatement('key-expiries', import.meta.url);
const DAYS_AHEAD = 14;
const DAYS_BACK = 7;

const MANY_PAIR_REFUSALS = 100;
const MANY_ACCOUNT_REFUSALS = 1_000;
const SHORT_ACCESS_SECONDS = 60;

@Injectable()
export class AuthChecks implements OnModuleInit {
  constructor(
    private readonly diagnosis: Diagnosis,
    private readonly database: Database,
    private readonly directory: DirectoryAccounts,
    @Inject(authSettings.token) private readonly settings: AuthSettings,
  ) {}

  onModuleInit(): void {
    this.diagnosis.add({
      area: 'logins',
      subject: 'The settings of logging in',
      look: () => Promise.resolve(weakLogins(this.settings)),
    });
    this.diagnosis.add({ area: 'logins', subject: 'The keys of services', look: () => this.#keys() });
    this.diagnosis.add({
      area: 'logins',
      subject: 'The directory that lets people in',
      look: (signal) => this.#directory(signal),
    });
  }

  async #keys(): Promise<Observation[]> {
    const rows = await this.database.query<{
      login: string;
      name: string;
      expires_at: Date;
      is_over: boolean;
    }>(KEY_EXPIRIES, [DAYS_AHEAD, DAYS_BACK]);
    return rows.map(({ login, name, expires_at, is_over }) =>
      (is_over ? fault : warning)(
        `Its key ${JSON.stringify(name)} ${is_over ? 'ran' : 'runs'} out on ${expires_at.toISOString().slice(0, 10)}.`,
        `service ${login}`,
        `Make another and put it where the service reads it: provost services keys create ${login} --name NAME`,
      ),
    );
  }

  async #directory(signal: AbortSignal): Promise<Observation[]> {
    const where = 'FD_LDAP_MASTER_URL';
    try {
      return (await this.directory.reach(signal))
        ? [fine('The directory answers, and lets Provost in.', where)]
        : [];
    } catch (error) {
      return [
        fault(
          `The directory does not let Provost in, so nobody logs in with it: ${wordsOf(error)}`,
          where,
          'Make it reachable, or correct LDAP_ADMIN and LDAP_PWD and start again.',
        ),
      ];
    }
  }
}

function weakLogins(settings: AuthSettings): Observation[] {
  const { dsaRoles, pairRefusalsCount, accountRefusalsCount, accessSeconds } = settings;
  const weak: Observation[] = [];
  if (dsaRoles.includes('administrator')) {
    weak.push(
      warning(
        'Every service account of the directory becomes an administrator with its first login.',
        'PROVOST_AUTH_DSA_ROLES',
        'Leave administrator out, and give it to single operators.',
      ),
    );
  }
  if (pairRefusalsCount > MANY_PAIR_REFUSALS || accountRefusalsCount > MANY_ACCOUNT_REFUSALS) {
    weak.push(
      warning(
        'Passwords can be guessed many times before anybody has to wait.',
        'PROVOST_AUTH_PAIR_REFUSALS_COUNT, PROVOST_AUTH_ACCOUNT_REFUSALS_COUNT',
        'Remove them: the defaults lock nobody out.',
      ),
    );
  }
  if (accessSeconds < SHORT_ACCESS_SECONDS) {
    weak.push(
      warning(
        `Access tokens live for ${accessSeconds} s: every client renews its own all the time.`,
        'PROVOST_AUTH_ACCESS_SECONDS',
        'Raise it; a session that ends is noticed within five seconds whatever it is.',
      ),
    );
  }
  return weak.length > 0 ? weak : [fine('No setting of logging in is known to be weak.', 'PROVOST_AUTH_…')];
}
