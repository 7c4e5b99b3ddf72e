// Logging in and out.
import { apiPath } from '../api/api.js';
import { textOf } from '../api/json.js';
import { CliError, usageError } from '../cli-error.js';
import { defineCommand } from '../command.js';
import { PASSWORD_FILE_VARIABLE } from '../environment.js';
import { EXIT } from '../exit-code.js';
import { fieldsReport, sentenceReport } from '../report.js';
import { isReadableOnTheWay } from '../server-address.js';
import { readPassword } from '../session/password.js';
import { ask } from '../terminal/prompt.js';

const login = defineCommand({
  name: 'login',
  about: 'Log in; the tokens are kept in a file that only you can read.',
  options: {
    login: { kind: 'text', placeholder: 'NAME', about: 'The login name; asked for at a terminal.' },
    passwordFile: {
      kind: 'text',
      placeholder: 'FILE',
      about: `The file with the password, else ${PASSWORD_FILE_VARIABLE}; else it is asked for, or read from standard input.`,
    },
  },
  run: async ({ session, environment, api }, { login: name, passwordFile }) => {
    const { stdin, stderr } = environment;
    if (name === undefined && stdin.isTTY !== true) {
      throw usageError('Standard input is no terminal: name the login with --login NAME.');
    }
    if (isReadableOnTheWay(session.server)) {
      stderr.write(`Careful: ${session.server} is plain HTTP; others on the way can read the password.\n`);
    }
    const typed = (name ?? (await ask(environment, 'Login: '))).trim();
    await session.logIn(typed, await readPassword(environment, passwordFile));
    const caller = await api.get(apiPath`auth/me`);
    return sentenceReport(caller, `Logged in to ${session.server} as ${textOf(caller['login'])}.`);
  },
});

const logout = defineCommand({
  name: 'logout',
  about: 'End the session, here and at the service.',
  run: async ({ session, api }) => {
    if (!(await session.isOpen())) {
      return sentenceReport(undefined, `Nobody was logged in at ${session.server}.`);
    }
    try {
      await api.send('POST', apiPath`auth/logout`);
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
      if (error.exitCode !== EXIT.notLoggedIn) {
        throw new CliError(
          error.exitCode,
          `The tokens are removed from this machine, but the service was not told; it ends the session when it expires. ${error.message}`,
          { cause: error },
        );
      }
      // The session had ended there already, which is what was asked for.
    } finally {
      await session.forget();
    }
    return sentenceReport(undefined, `Logged out of ${session.server}.`);
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
      ['Server', session.server],
      ['Roles', textOf(caller['roles'])],
      ['May do', textOf(caller['grants'])],
      ['Id', textOf(caller['id'])],
    ]);
  },
});

export const sessionCommands = [login, logout, whoami];
