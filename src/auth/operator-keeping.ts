import { AuditLog } from '../audit/index.js';
import { systemClock } from '../platform/clock/index.js';
import type { Database } from '../platform/database/index.js';
import { IdentityLogins } from './identity-logins.js';
import { OperatorsService } from './operators.service.js';
import { PasswordHashing } from './password-hashing.js';
import { SessionStandings } from './session-standings.js';

/** The operators of `database` for a command that runs without the application; it must know `authEntities`. */
export function operatorsOf(database: Database): OperatorsService {
  const passwords = new PasswordHashing({ hashingParallelCount: 1, hashingWaitingCount: 0 });
  return new OperatorsService(
    database,
    new AuditLog(),
    passwords,
    new SessionStandings(database, systemClock, new IdentityLogins()),
  );
}
