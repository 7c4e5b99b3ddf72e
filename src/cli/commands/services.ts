// Programs that use Provost with keys, and those keys.
import { type Api, apiPath } from '../api/api.js';
import { asObject, type JsonObject, requireText, textOf } from '../api/json.js';
import { CliError, usageError } from '../cli-error.js';
import { DEFAULT_LIMIT, defineCommand, LIST_OPTIONS } from '../command.js';
import type { CliEnvironment } from '../environment.js';
import { EXIT } from '../exit-code.js';
import { writeNewFile } from '../new-file.js';
import { type Column, fieldsReport, pageReport, type Report, sentenceReport } from '../report.js';
import { confirm } from '../terminal/prompt.js';
import { instantText } from '../terminal/relative-time.js';
import { safeText } from '../terminal/safe-text.js';
import type { Cell } from '../terminal/table.js';
import { findService, findServiceKey, idOf } from './lookup.js';

const SERVICE = { placeholder: 'LOGIN|ID', about: 'The login of the service, or its id.' } as const;
const YES = { kind: 'flag', about: 'Do not ask at a terminal whether it is meant.' } as const;
const PERMISSION = {
  kind: 'list',
  placeholder: 'PERMISSION',
  about: 'What it may do, such as identities.read; several are given one by one, each with --permission.',
} as const;

const COLUMNS: readonly Column[] = [
  { title: 'LOGIN', cell: ({ login }) => textOf(login) },
  { title: 'NAME', cell: ({ displayName }) => textOf(displayName) },
  { title: 'STATE', cell: ({ isDisabled }) => stateCell(isDisabled) },
  { title: 'MAY DO', cell: ({ permissions }) => textOf(permissions) },
];

const KEY_COLUMNS: readonly Column[] = [
  { title: 'ID', cell: ({ id }) => textOf(id) },
  { title: 'NAME', cell: ({ name }) => textOf(name) },
  {
    title: 'STATE',
    cell: ({ expiresAt, revokedAt }, { now }) => keyState(expiresAt, revokedAt, now),
  },
  { title: 'UNTIL', cell: ({ expiresAt }, { now }) => instantText(expiresAt, now) },
  { title: 'LAST USED', cell: ({ lastUsedAt }, { now }) => instantText(lastUsedAt, now) },
  { title: 'FROM', cell: ({ lastUsedAddress }) => textOf(lastUsedAddress) },
];

const list = defineCommand({
  name: 'services list',
  about: 'List the programs that may use Provost.',
  options: LIST_OPTIONS,
  run: async ({ api }, { limit = DEFAULT_LIMIT, after }) =>
    pageReport(await api.list(apiPath`services`, {}, limit, after), COLUMNS, 'There is no service.'),
});

const show = defineCommand({
  name: 'services show',
  about: 'Show a service and what it may do.',
  arguments: { service: SERVICE },
  run: async ({ api }, { service }) => reportOn(await findService(api, service)),
});

const create = defineCommand({
  name: 'services create',
  about: 'Create a service; it can log in once it has a key.',
  options: {
    login: { kind: 'text', placeholder: 'NAME', isRequired: true, about: 'Its name in the audit record.' },
    displayName: { kind: 'text', placeholder: 'TEXT', isRequired: true, about: 'The name as it is shown.' },
    permission: { ...PERMISSION, isRequired: true },
  },
  run: async ({ api }, { login, displayName, permission }) => {
    const body = { login, displayName, permissions: permission };
    return reportOn(asObject(await api.send('POST', apiPath`services`, body), 'the service'));
  },
});

const update = defineCommand({
  name: 'services update',
  about: 'Change the name of a service, or all that it may do.',
  arguments: { service: SERVICE },
  options: {
    displayName: { kind: 'text', placeholder: 'TEXT', about: 'The name as it is shown.' },
    permission: PERMISSION,
  },
  run: async ({ api }, { service, displayName, permission }) => {
    const permissions = permission.length === 0 ? undefined : permission;
    if (displayName === undefined && permissions === undefined) {
      throw usageError(
        'Name something to change, such as --permission identities.read. See: provost help services update',
      );
    }
    return change(api, service, { displayName, permissions });
  },
});

const disable = defineCommand({
  name: 'services disable',
  about: 'Refuse the keys of a service; the tokens it has end.',
  arguments: { service: SERVICE },
  run: async ({ api }, { service }) => change(api, service, { isDisabled: true }),
});

const enable = defineCommand({
  name: 'services enable',
  about: 'Take the keys of a disabled service again.',
  arguments: { service: SERVICE },
  run: async ({ api }, { service }) => change(api, service, { isDisabled: false }),
});

const remove = defineCommand({
  name: 'services delete',
  about: 'Delete a service with its keys.',
  arguments: { service: SERVICE },
  options: { yes: YES },
  run: async ({ api, environment }, { service, yes }) => {
    const found = await findService(api, service);
    const what = `${textOf(found['login'])} (${textOf(found['displayName'])})`;
    await confirmUnless(yes, environment, `Delete the service ${safeText(what)} with its keys?`);
    await api.send('DELETE', apiPath`services/${idOf(found)}`);
    return sentenceReport(undefined, `${what} is deleted.`);
  },
});

const listKeys = defineCommand({
  name: 'services keys list',
  about: 'List the keys of a service, without what proves them.',
  arguments: { service: SERVICE },
  options: LIST_OPTIONS,
  run: async ({ api }, { service, limit = DEFAULT_LIMIT, after }) => {
    const path = apiPath`services/${idOf(await findService(api, service))}/keys`;
    return pageReport(await api.list(path, {}, limit, after), KEY_COLUMNS, 'It has no key.');
  },
});

const createKey = defineCommand({
  name: 'services keys create',
  about: 'Make a key; it is shown this once.',
  arguments: { service: SERVICE },
  options: {
    name: { kind: 'text', placeholder: 'TEXT', isRequired: true, about: 'What it is for.' },
    days: { kind: 'count', placeholder: 'N', about: 'Days until it expires; 90 when it is not given.' },
    output: {
      kind: 'text',
      placeholder: 'FILE',
      about: 'Into a new file that only you can read, instead of being shown.',
    },
  },
  run: async ({ api }, { service, name, days, output }) => {
    const path = apiPath`services/${idOf(await findService(api, service))}/keys`;
    const make = async (): Promise<JsonObject> =>
      asObject(await api.send('POST', path, { name, expiresInDays: days }), 'the key');
    if (output === undefined) return keyReport(await make());
    const { key: _key, ...made } = await writeNewFile(output, async (file) => {
      const answer = await make();
      await file.writeFile(`${requireText(answer, 'key')}\n`);
      return answer;
    });
    return sentenceReport({ ...made, file: output }, `The key ${textOf(made['id'])} is in ${output}.`);
  },
});

const revokeKey = defineCommand({
  name: 'services keys revoke',
  about: 'Refuse a key from now on; the tokens it gave end.',
  arguments: {
    service: SERVICE,
    key: { placeholder: 'KEY', about: 'The name of the key, or its id: the list shows both.' },
  },
  options: { yes: YES },
  run: async ({ api, environment }, { service, key, yes }) => {
    const found = await findService(api, service);
    const revoked = await findServiceKey(api, found, key);
    const what = `${textOf(revoked['name'])} (${idOf(revoked)})`;
    await confirmUnless(
      yes,
      environment,
      `Revoke the key ${safeText(what)} of ${safeText(textOf(found['login']))}?`,
    );
    await api.send('DELETE', apiPath`services/${idOf(found)}/keys/${idOf(revoked)}`);
    return sentenceReport(undefined, `The key ${what} is revoked.`);
  },
});

async function confirmUnless(yes: boolean, environment: CliEnvironment, question: string): Promise<void> {
  if (!yes && !(await confirm(environment, question))) {
    throw new CliError(EXIT.interrupted, 'Nothing was done.');
  }
}

async function change(api: Api, service: string, body: object): Promise<Report> {
  const id = idOf(await findService(api, service));
  return reportOn(asObject(await api.send('PATCH', apiPath`services/${id}`, body), 'the service'));
}

function reportOn(service: JsonObject): Report {
  return fieldsReport(service, ({ now }) => [
    ['Login', { text: textOf(service['login']), tone: 'strong' }],
    ['Name', textOf(service['displayName'])],
    ['State', stateCell(service['isDisabled'])],
    ['May do', textOf(service['permissions'])],
    ['Created', instantText(service['createdAt'], now)],
    ['Id', textOf(service['id'])],
  ]);
}

function keyReport(key: JsonObject): Report {
  return fieldsReport(key, ({ now }) => [
    ['Key', { text: textOf(key['key']), tone: 'strong' }],
    ['Name', textOf(key['name'])],
    ['Until', instantText(key['expiresAt'], now)],
    ['Id', textOf(key['id'])],
    ['Careful', 'It is not shown again: store it now.'],
  ]);
}

function stateCell(isDisabled: unknown): Cell {
  return isDisabled === true ? { text: 'disabled', tone: 'warning' } : 'active';
}

function keyState(expiresAt: unknown, revokedAt: unknown, now: number): Cell {
  if (revokedAt !== null) return { text: 'revoked', tone: 'faint' };
  const isOver = typeof expiresAt === 'string' && Date.parse(expiresAt) <= now;
  return isOver ? { text: 'expired', tone: 'warning' } : { text: 'valid', tone: 'good' };
}

export const serviceCommands = [
  list,
  show,
  create,
  update,
  disable,
  enable,
  remove,
  listKeys,
  createKey,
  revokeKey,
];
