// The people of the registry.
import { type Api, apiPath } from '../api/api.js';
import { asObject, type JsonObject, textOf } from '../api/json.js';
import { CliError, usageError } from '../cli-error.js';
import { DEFAULT_LIMIT, defineCommand, LIST_OPTIONS, type Options } from '../command.js';
import { EXIT } from '../exit-code.js';
import { type Column, fieldsReport, pageReport, type Report, sentenceReport } from '../report.js';
import { safeText } from '../terminal/safe-text.js';
import { instantText } from '../terminal/relative-time.js';
import { confirm } from '../terminal/prompt.js';
import { findIdentity, findRole, idOf } from './lookup.js';

const IDENTITY = { placeholder: 'LOGIN|ID', about: 'The login of the identity, or its id.' } as const;

const CLEARS = 'an empty text removes it';
const FIELDS = {
  displayName: { kind: 'text', placeholder: 'TEXT', about: `The name as it is shown; ${CLEARS}.` },
  title: { kind: 'text', placeholder: 'TEXT', about: `Academic title; ${CLEARS}.` },
  email: { kind: 'text', placeholder: 'ADDRESS', about: `Mail address; ${CLEARS}.` },
  phone: { kind: 'text', placeholder: 'TEXT', about: `Telephone number; ${CLEARS}.` },
  state: {
    kind: 'text',
    placeholder: 'STATE',
    about: 'Whether the person may use accounts.',
    choices: ['active', 'disabled'],
  },
} as const satisfies Options;

const COLUMNS: readonly Column[] = [
  { title: 'LOGIN', cell: ({ login }) => textOf(login) },
  { title: 'SURNAME', cell: ({ surname }) => textOf(surname) },
  { title: 'GIVEN NAME', cell: ({ givenName }) => textOf(givenName) },
  { title: 'STATE', cell: ({ state }) => stateCell(state) },
  { title: 'E-MAIL', cell: ({ email }) => textOf(email) },
];

const list = defineCommand({
  name: 'identities list',
  about: 'List identities in the order of their logins.',
  options: {
    q: { kind: 'text', placeholder: 'TEXT', about: 'Whose login, surname or display name begins so.' },
    role: { kind: 'text', placeholder: 'CODE', about: 'Who have this role.' },
    ...LIST_OPTIONS,
  },
  run: async ({ api }, { q, role, limit = DEFAULT_LIMIT, after }) =>
    pageReport(
      await api.list(apiPath`identities`, { q, role }, limit, after),
      COLUMNS,
      'No identity is like that.',
    ),
});

const show = defineCommand({
  name: 'identities show',
  about: 'Show an identity with its roles.',
  arguments: { identity: IDENTITY },
  run: async ({ api }, { identity }) => reportOn(api, await findIdentity(api, identity)),
});

const create = defineCommand({
  name: 'identities create',
  about: 'Create an identity; its accounts follow by themselves.',
  options: {
    login: {
      kind: 'text',
      placeholder: 'NAME',
      isRequired: true,
      about: 'The name the person logs in with.',
    },
    givenName: { kind: 'text', placeholder: 'TEXT', isRequired: true, about: 'Given name.' },
    surname: { kind: 'text', placeholder: 'TEXT', isRequired: true, about: 'Surname.' },
    ...FIELDS,
    role: {
      kind: 'list',
      placeholder: 'CODE',
      about: 'A role from the start; several are given one by one.',
    },
  },
  run: async ({ api }, { role, ...fields }) => {
    const body = { ...bodyOf(fields), roles: role };
    return reportOn(api, asObject(await api.send('POST', apiPath`identities`, body), 'the identity'));
  },
});

const update = defineCommand({
  name: 'identities update',
  about: 'Change fields of an identity; others stay, its accounts follow.',
  arguments: { identity: IDENTITY },
  options: {
    login: { kind: 'text', placeholder: 'NAME', about: 'The name the person logs in with.' },
    givenName: { kind: 'text', placeholder: 'TEXT', about: 'Given name.' },
    surname: { kind: 'text', placeholder: 'TEXT', about: 'Surname.' },
    ...FIELDS,
  },
  run: async ({ api }, { identity, ...fields }) => {
    const body = bodyOf(fields);
    if (Object.keys(body).length === 0) {
      throw usageError(
        'Name something to change, such as --surname TEXT. See: provost help identities update',
      );
    }
    const id = idOf(await findIdentity(api, identity));
    return reportOn(api, asObject(await api.send('PATCH', apiPath`identities/${id}`, body), 'the identity'));
  },
});

const remove = defineCommand({
  name: 'identities delete',
  about: 'Delete an identity; its accounts go by themselves.',
  arguments: { identity: IDENTITY },
  options: { yes: { kind: 'flag', about: 'Do not ask at a terminal whether it is meant.' } },
  run: async ({ api, environment }, { identity, yes }) => {
    const found = await findIdentity(api, identity);
    const who = `${textOf(found['login'])} (${textOf(found['givenName'])} ${textOf(found['surname'])})`;
    if (!yes && !(await confirm(environment, `Delete ${safeText(who)} with all accounts?`))) {
      throw new CliError(EXIT.interrupted, 'Nothing was done.');
    }
    await api.send('DELETE', apiPath`identities/${idOf(found)}`);
    return sentenceReport(undefined, `${who} is deleted.`);
  },
});

const ASSIGNMENT = {
  identity: IDENTITY,
  role: { placeholder: 'ROLE', about: 'The code of the role.' },
} as const;

const assign = defineCommand({
  name: 'identities assign',
  about: 'Give an identity a role; accounts follow by themselves.',
  arguments: ASSIGNMENT,
  run: async ({ api }, { identity, role }) => {
    const [person, given] = [await findIdentity(api, identity), await findRole(api, role)];
    await api.send('PUT', apiPath`identities/${idOf(person)}/roles/${idOf(given)}`);
    return sentenceReport(undefined, `${textOf(person['login'])} has the role ${textOf(given['code'])}.`);
  },
});

const unassign = defineCommand({
  name: 'identities unassign',
  about: 'Take a role from an identity; accounts that only it gave go by themselves.',
  arguments: ASSIGNMENT,
  run: async ({ api }, { identity, role }) => {
    const [person, taken] = [await findIdentity(api, identity), await findRole(api, role)];
    await api.send('DELETE', apiPath`identities/${idOf(person)}/roles/${idOf(taken)}`);
    return sentenceReport(
      undefined,
      `${textOf(person['login'])} does not have the role ${textOf(taken['code'])}.`,
    );
  },
});

/** Given fields as the API takes them: an empty text is null there. */
function bodyOf(fields: Readonly<Record<string, string | undefined>>): Record<string, string | null> {
  const required = ['login', 'givenName', 'surname'];
  return Object.fromEntries(
    Object.entries(fields).flatMap(([key, value]): [string, string | null][] => {
      if (value === undefined) return [];
      return [[key, value === '' && !required.includes(key) ? null : value]];
    }),
  );
}

async function reportOn(api: Api, identity: JsonObject): Promise<Report> {
  const { items } = await api.list(apiPath`identities/${idOf(identity)}/roles`, {}, Infinity);
  const roles = items.map(({ code }) => textOf(code));
  return fieldsReport({ ...identity, roles }, ({ now }) => [
    ['Login', { text: textOf(identity['login']), tone: 'strong' }],
    ['Given name', textOf(identity['givenName'])],
    ['Surname', textOf(identity['surname'])],
    ['Display name', textOf(identity['displayName'])],
    ['Title', textOf(identity['title'])],
    ['E-mail', textOf(identity['email'])],
    ['Phone', textOf(identity['phone'])],
    ['State', stateCell(identity['state'])],
    ['Roles', textOf(roles)],
    ['Changed', instantText(identity['updatedAt'], now)],
    ['Id', textOf(identity['id'])],
  ]);
}

function stateCell(state: unknown): { text: string; tone: 'warning' | undefined } {
  return { text: textOf(state), tone: state === 'active' ? undefined : 'warning' };
}

export const identityCommands = [list, show, create, update, remove, assign, unassign];
