// Who may use Provost.
import { type Api, apiPath } from '../api/api.js';
import { asObject, type JsonObject, textOf } from '../api/json.js';
import { CliError, usageError } from '../cli-error.js';
import { DEFAULT_LIMIT, defineCommand, LIST_OPTIONS } from '../command.js';
import { EXIT } from '../exit-code.js';
import { type Column, fieldsReport, pageReport, type Report, sentenceReport } from '../report.js';
import { readNewPassword } from '../session/password.js';
import { confirm } from '../terminal/prompt.js';
import { instantText } from '../terminal/relative-time.js';
import { safeText } from '../terminal/safe-text.js';
import type { Cell } from '../terminal/table.js';
import { findOperator, idOf } from './lookup.js';

const OPERATOR = {
  placeholder: 'LOGIN|ID',
  about: 'The login, REALM:LOGIN where it is in several realms, or the id.',
} as const;

const ROLE = {
  kind: 'list',
  placeholder: 'ROLE',
  about: 'What the operator may do; several are given one by one, each with --role.',
  choices: ['administrator', 'operator', 'auditor', 'connector-administrator', 'task-runner', 'approver'],
} as const;

const COLUMNS: readonly Column[] = [
  { title: 'LOGIN', cell: ({ login }) => textOf(login) },
  { title: 'REALM', cell: ({ realm }) => textOf(realm) },
  { title: 'NAME', cell: ({ displayName }) => textOf(displayName) },
  { title: 'STATE', cell: ({ isDisabled }) => stateCell(isDisabled) },
  { title: 'ROLES', cell: ({ roles }) => textOf(roles) },
];

const list = defineCommand({
  name: 'operators list',
  about: 'List who may use Provost.',
  options: LIST_OPTIONS,
  run: async ({ api }, { limit = DEFAULT_LIMIT, after }) =>
    pageReport(await api.list(apiPath`operators`, {}, limit, after), COLUMNS, 'There is no operator.'),
});

const show = defineCommand({
  name: 'operators show',
  about: 'Show an operator and its roles.',
  arguments: { operator: OPERATOR },
  run: async ({ api }, { operator }) => reportOn(await findOperator(api, operator)),
});

const create = defineCommand({
  name: 'operators create',
  about: 'Create an operator whose password Provost keeps; it is asked for, or read from standard input.',
  options: {
    login: { kind: 'text', placeholder: 'NAME', isRequired: true, about: 'The name to log in with.' },
    displayName: { kind: 'text', placeholder: 'TEXT', isRequired: true, about: 'The name as it is shown.' },
    role: { ...ROLE, isRequired: true },
    passwordFile: { kind: 'text', placeholder: 'FILE', about: 'The file with the password.' },
  },
  run: async ({ api, session, environment }, { login, displayName, role, passwordFile }) => {
    // Before anybody types.
    await session.accessToken();
    const password = await readNewPassword(environment, passwordFile);
    const body = { login, displayName, password, roles: role };
    return reportOn(asObject(await api.send('POST', apiPath`operators`, body), 'the operator'));
  },
});

const update = defineCommand({
  name: 'operators update',
  about: 'Change the name of an operator, all its roles, or its password, which ends every session.',
  arguments: { operator: OPERATOR },
  options: {
    displayName: { kind: 'text', placeholder: 'TEXT', about: 'The name as it is shown.' },
    role: ROLE,
    newPassword: { kind: 'flag', about: 'Ask for a new password, or read it from standard input.' },
    newPasswordFile: { kind: 'text', placeholder: 'FILE', about: 'The file with the new password.' },
  },
  run: async ({ api, environment }, { operator, displayName, role, newPassword, newPasswordFile }) => {
    const roles = role.length === 0 ? undefined : role;
    const isPasswordGiven = newPassword || newPasswordFile !== undefined;
    if (displayName === undefined && roles === undefined && !isPasswordGiven) {
      throw usageError(
        'Name something to change, such as --role auditor. See: provost help operators update',
      );
    }
    // Before anybody types.
    const id = idOf(await findOperator(api, operator));
    const password = isPasswordGiven ? await readNewPassword(environment, newPasswordFile) : undefined;
    return change(api, id, { displayName, roles, password });
  },
});

const disable = defineCommand({
  name: 'operators disable',
  about: 'Let an operator log in no more; every session ends.',
  arguments: { operator: OPERATOR },
  run: async ({ api }, { operator }) =>
    change(api, idOf(await findOperator(api, operator)), { isDisabled: true }),
});

const enable = defineCommand({
  name: 'operators enable',
  about: 'Let a disabled operator log in again.',
  arguments: { operator: OPERATOR },
  run: async ({ api }, { operator }) =>
    change(api, idOf(await findOperator(api, operator)), { isDisabled: false }),
});

const remove = defineCommand({
  name: 'operators delete',
  about: 'Delete an operator; every session ends.',
  arguments: { operator: OPERATOR },
  options: { yes: { kind: 'flag', about: 'Do not ask at a terminal whether it is meant.' } },
  run: async ({ api, environment }, { operator, yes }) => {
    const found = await findOperator(api, operator);
    const who = `${textOf(found['realm'])}:${textOf(found['login'])} (${textOf(found['displayName'])})`;
    const question = `${warningOf(found)}Delete the operator ${safeText(who)}?`;
    if (!yes && !(await confirm(environment, question))) {
      throw new CliError(EXIT.interrupted, 'Nothing was done.');
    }
    await api.send('DELETE', apiPath`operators/${idOf(found)}`);
    return sentenceReport(undefined, `${who} is deleted.`);
  },
});

/** Whoever deletes an account of the directory to keep it out does not. */
function warningOf({ realm }: JsonObject): string {
  return realm === 'local'
    ? ''
    : 'An account of the directory comes back at its next login, as a new operator. ' +
        'To keep it out, disable it instead: provost operators disable.\n';
}

const endSessions = defineCommand({
  name: 'operators sessions end',
  about: 'End every session of an operator.',
  arguments: { operator: OPERATOR },
  run: async ({ api }, { operator }) => {
    const found = await findOperator(api, operator);
    await api.send('DELETE', apiPath`operators/${idOf(found)}/sessions`);
    return sentenceReport(undefined, `The sessions of ${textOf(found['login'])} have ended.`);
  },
});

async function change(api: Api, id: string, body: object): Promise<Report> {
  return reportOn(asObject(await api.send('PATCH', apiPath`operators/${id}`, body), 'the operator'));
}

function reportOn(operator: JsonObject): Report {
  return fieldsReport(operator, ({ now }) => [
    ['Login', { text: textOf(operator['login']), tone: 'strong' }],
    ['Realm', textOf(operator['realm'])],
    ['Name', textOf(operator['displayName'])],
    ['State', stateCell(operator['isDisabled'])],
    ['Roles', textOf(operator['roles'])],
    ['Created', instantText(operator['createdAt'], now)],
    ['Id', textOf(operator['id'])],
  ]);
}

function stateCell(isDisabled: unknown): Cell {
  return isDisabled === true ? { text: 'disabled', tone: 'warning' } : 'active';
}

export const operatorCommands = [list, show, create, update, disable, enable, remove, endSessions];
