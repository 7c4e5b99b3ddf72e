// Operators and their logins for specs that talk to a guarded service.
import { AuditModule } from '../../src/audit/index.js';
import {
  authEntities,
  AuthModule,
  authSettings,
  OperatorsService,
  type Role,
  SYSTEM_AUTHOR,
} from '../../src/auth/index.js';
import { processSettings } from '../../src/platform/config/index.js';
import { DialerModule, dialerSettings } from '../../src/platform/dialer/index.js';
import { directorySettings } from '../../src/platform/directory/index.js';
import { bootTestApp, type TestApp, type TestAppOptions } from './http-app.js';

export const PASSWORD = 'correct horse battery staple';

export interface LoggedIn {
  readonly id: string;
  readonly login: string;
  readonly accessToken: string;
  readonly refreshToken: string;
}

/** Boots a guarded application: what `options` asks for, behind logins. */
export function bootGuardedApp(
  options: Omit<TestAppOptions, 'imports'> & Partial<Pick<TestAppOptions, 'imports'>>,
): Promise<TestApp> {
  return bootTestApp({
    ...options,
    imports: [AuditModule, DialerModule, AuthModule, ...(options.imports ?? [])],
    entities: [...authEntities, ...(options.entities ?? [])],
    settings: [
      ...new Set([
        authSettings,
        directorySettings,
        dialerSettings,
        processSettings,
        ...(options.settings ?? []),
      ]),
    ],
  });
}

/** Makes an operator with `PASSWORD` without asking the API, and tells its id. */
export async function addOperator(app: TestApp, login: string, ...roles: Role[]): Promise<string> {
  const request = { login, displayName: login, password: PASSWORD, roles };
  const created = await app.app.get(OperatorsService).create(request, SYSTEM_AUTHOR);
  return created.id;
}

/** Logs in over HTTP. @throws when that is refused. */
export async function logIn(app: TestApp, login: string, password = PASSWORD): Promise<LoggedIn> {
  const { status, body } = await app.request('POST', '/api/v1/auth/login', { body: { login, password } });
  if (status !== 200) throw new Error(`Login of ${login} answered ${status}: ${JSON.stringify(body)}`);
  const { accessToken, refreshToken } = body as { accessToken: string; refreshToken: string };
  const me = await app.request('GET', '/api/v1/auth/me', { token: accessToken });
  return { id: String(me.body.id), login, accessToken, refreshToken };
}

/** `addOperator`, then `logIn`. */
export async function addLoggedIn(app: TestApp, login: string, ...roles: Role[]): Promise<LoggedIn> {
  await addOperator(app, login, ...roles);
  return logIn(app, login);
}
