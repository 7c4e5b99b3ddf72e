// Logging in and out.
import { apiPath } from '../api/api.js';
import { asObject, textOf } from '../api/json.js';
import { CliError, usageError } from '../cli-error.js';
import { type CommandContext, defineCommand } from '../command.js';
import { PASSWORD_FILE_VARIABLE } from '../environment.js';
import { EXIT } from '../exit-code.js';
import { fieldsReport, type Report, sentenceReport } from '../report.js';
import { isReadableOnTheWay } from '../server-address.js';
import { readNewPassword, readPassword, readSecretFile } from '../session/password.js';
import { ask } from '../terminal/prompt.js';

const login = defineCommand({
  name: 'login',
  about: 'Log in; the tokens are kept in a file that only you can read.',
  options: {
    login: { kind: 'text', placeholder: 'NAME', about: 'The login name; asked for at a terminal.' },
    realm: {
      kind: 'text',
      placeholder: 'REALM',
      about:
        'Who knows the password: Provost, the directory’s DSA entries, or its people; local when not given.',
      choices: ['local', 'dsa', 'identity'],
    },
    passwordFile: {
      kind: 'text',
      placeholder: 'FILE',
      about: `The file with the password, else ${PASSWORD_FILE_VARIABLE}; else it is asked for, or read from standard input.`,
    },
    serviceKeyFile: {
      kind: 'text',
      placeholder: 'FILE',
      about: 'Log in as a service by the key in this file; it is read again whenever a token is needed.',
    },
  },
  run: async (context, { login: name, realm, passwordFile, serviceKeyFile }) => {
    if (serviceKeyFile === undefined) return logInAsPerson(context, name, realm, passwordFile);
    if (name !== undefined || realm !== undefined || passwordFile !== undefined) {
      throw usageError('A service has a key and no password: give --service-key-file alone.');
    }
    warnOfPlainHttp(context, 'key');
    await context.session.logInWithKey(serviceKeyFile);
    return reportLogin(context);
  },
});

const logout = defineCommand({
  name: 'logout',
  about: 'End the session, here and at the service.',
  options: { everywhere: { kind: 'flag', about: 'End all your sessions, on every machine.' } },
  run: async ({ session, api }, { everywhere }) => {
    if (!(await session.isOpen())) {
      return sentenceReport(undefined, `Nobody was logged in at ${session.server}.`);
    }
    try {
      if (everywhere) await api.send('DELETE', apiPath`auth/sessions`);
      else await api.send('POST', apiPath`auth/logout`);
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
      if (error.exitCode !== EXIT.notLoggedIn || everywhere) {
        throw new CliError(
          error.exitCode,
          `The tokens are removed from this machine, but the service was not told; ` +
            `it ends ${everywhere ? 'sessions when they expire' : 'the session when it expires'}. ${error.message}`,
          { cause: error },
        );
      }
      // The session had ended there already, which is what was asked for.
    } finally {
      await session.forget();
    }
    return sentenceReport(undefined, `Logged out of ${session.server}${everywhere ? ', everywhere' : ''}.`);
  },
});

const whoami = defineCommand({
  name: 'whoami',
  about: 'Show who is logged in, where, and what they may do.',
  run: async ({ api, session }) => {
    const caller = await api.get(apiPath`auth/me`);
    return fieldsReport(caller, () => [
      ['Login', textOf(caller['login'])],
      ['Realm', textOf(caller['realm'])],
      ['Name', textOf(caller['displayName'])],
      ['Server', session.server],
      ['Roles', textOf(caller['roles'])],
      ['May do', textOf(caller['grants'])],
      ['Id', textOf(caller['id'])],
    ]);
  },
});

const password = defineCommand({
  name: 'password',
  about: 'Change your own password; your other sessions end.',
  options: {
    passwordFile: {
      kind: 'text',
      placeholder: 'FILE',
      about: 'The file with the password as it is; asked for at a terminal.',
    },
    newPasswordFile: {
      kind: 'text',
      placeholder: 'FILE',
      about: 'The file with the new one; asked for twice at a terminal.',
    },
  },
  run: async ({ api, session, environment }, { passwordFile, newPasswordFile }) => {
    if (environment.stdin.isTTY !== true && (passwordFile === undefined || newPasswordFile === undefined)) {
      throw usageError(
        'Standard input is no terminal: name both files with --password-file FILE --new-password-file FILE.',
      );
    }
    // Before anybody types.
    await session.accessToken();
    const currentPassword =
      passwordFile === undefined
        ? await ask(environment, 'Password: ', 'hidden')
        : await readSecretFile(passwordFile, 'password');
    const newPassword = await readNewPassword(environment, newPasswordFile);
    const answer = await api.send('POST', apiPath`auth/password`, { currentPassword, newPassword });
    return sentenceReport(answer, 'The password is changed; your other sessions have ended.');
  },
});

async function logInAsPerson(
  context: CommandContext,
  name: string | undefined,
  realm: string | undefined,
  passwordFile: string | undefined,
): Promise<Report> {
  const { session, environment } = context;
  if (name === undefined && environment.stdin.isTTY !== true) {
    throw usageError('Standard input is no terminal: name the login with --login NAME.');
  }
  warnOfPlainHttp(context, 'password');
  const typed = (name ?? (await ask(environment, 'Login: '))).trim();
  await session.logIn(typed, await readPassword(environment, passwordFile), realm);
  return reportLogin(context);
}

function warnOfPlainHttp({ session, environment }: CommandContext, secret: string): void {
  if (!isReadableOnTheWay(session.server)) return;
  environment.stderr.write(
    `Careful: ${session.server} is plain HTTP; others on the way can read the ${secret}.\n`,
  );
}

async function reportLogin({ api, session }: CommandContext): Promise<Report> {
  const caller = asObject(await api.send('GET', apiPath`auth/me`), 'the caller');
  const realm = caller['realm'] === 'local' ? '' : ` (${textOf(caller['realm'])})`;
  return sentenceReport(caller, `Logged in to ${session.server} as ${textOf(caller['login'])}${realm}.`);
}

export const sessionCommands = [login, logout, whoami, password];
