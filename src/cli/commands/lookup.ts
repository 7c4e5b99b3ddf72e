// Finds what people name by a login, a code or a name, which the API knows by its id.
import { type Api, apiPath } from '../api/api.js';
import { type JsonObject, requireText } from '../api/json.js';
import { CliError } from '../cli-error.js';
import { EXIT } from '../exit-code.js';
import { didYouMean } from '../nearest-name.js';

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** @throws CliError 1 when there is none */
export async function findIdentity(api: Api, loginOrId: string): Promise<JsonObject> {
  if (UUID.test(loginOrId)) return api.get(apiPath`identities/${loginOrId}`);
  const { items } = await api.list(apiPath`identities`, { login: loginOrId }, 1);
  const [identity] = items;
  if (identity !== undefined) return identity;
  throw new CliError(
    EXIT.refused,
    `No identity has the login “${loginOrId}”. Look for it with: provost identities list --q TEXT`,
  );
}

/** @throws CliError 1 when there is none */
export function findRole(api: Api, code: string): Promise<JsonObject> {
  return findNamed(api, {
    path: apiPath`roles`,
    key: 'code',
    wanted: code,
    kind: 'role',
    list: 'roles list',
  });
}

/** @throws CliError 1 when there is none */
export async function findSystem(api: Api, nameOrId: string): Promise<JsonObject> {
  if (UUID.test(nameOrId)) return api.get(apiPath`systems/${nameOrId}`);
  return findNamed(api, {
    path: apiPath`systems`,
    key: 'name',
    wanted: nameOrId,
    kind: 'system',
    list: 'systems list',
  });
}

/** @throws CliError 1 when there is none */
export function findSchedule(api: Api, name: string): Promise<JsonObject> {
  return findNamed(api, {
    path: apiPath`schedules`,
    key: 'name',
    wanted: name,
    kind: 'schedule',
    list: 'schedule list',
  });
}

/** By id, login or REALM:LOGIN. @throws CliError 1 when there is none, or several realms have the login */
export async function findOperator(api: Api, typed: string): Promise<JsonObject> {
  if (UUID.test(typed)) return api.get(apiPath`operators/${typed}`);
  const { items } = await api.list(apiPath`operators`, {}, Infinity);
  const found = items.filter((item) =>
    namesOf(item).some((name) => name.toLowerCase() === typed.toLowerCase()),
  );
  const [operator, other] = found;
  if (operator !== undefined && other === undefined) return operator;
  throw new CliError(
    EXIT.refused,
    operator === undefined
      ? `No operator has the login “${typed}”.${didYouMean(typed, items.flatMap(namesOf))} See: provost operators list`
      : `“${typed}” is in several realms: say ${found.map((each) => namesOf(each)[1]).join(' or ')}.`,
  );
}

/** @throws CliError 1 when there is none */
export async function findService(api: Api, loginOrId: string): Promise<JsonObject> {
  if (UUID.test(loginOrId)) return api.get(apiPath`services/${loginOrId}`);
  return findNamed(api, {
    path: apiPath`services`,
    key: 'login',
    wanted: loginOrId,
    kind: 'service',
    list: 'services list',
  });
}

/** By id or name; a revoked key only where no other has the name. @throws CliError 1 when there is none, or several */
export async function findServiceKey(api: Api, service: JsonObject, typed: string): Promise<JsonObject> {
  const { items } = await api.list(apiPath`services/${idOf(service)}/keys`, {}, Infinity);
  const byId = items.find((item) => idOf(item) === typed.toLowerCase());
  if (byId !== undefined) return byId;
  const named = items.filter(({ name }) => name === typed);
  const standing = named.filter(({ revokedAt }) => revokedAt === null);
  const [key, other] = standing.length === 0 ? named : standing;
  if (key !== undefined && other === undefined) return key;
  const login = requireText(service, 'login');
  throw new CliError(
    EXIT.refused,
    key === undefined
      ? `No key of ${login} has the name or id “${typed}”.${didYouMean(typed, items.map(keyName))} See: provost services keys list ${login}`
      : `Several keys of ${login} have the name “${typed}”: say which by its id. See: provost services keys list ${login}`,
  );
}

function keyName(key: JsonObject): string {
  return requireText(key, 'name');
}

function namesOf({ realm, login }: JsonObject): string[] {
  return [String(login), `${String(realm)}:${String(login)}`];
}

export function idOf(object: JsonObject): string {
  return requireText(object, 'id');
}

interface Named {
  readonly path: string;
  readonly key: 'code' | 'name' | 'login';
  readonly wanted: string;
  readonly kind: string;
  readonly list: string;
}

/** Lists that have no filter for their name: there are tens of such things, not thousands. */
async function findNamed(api: Api, { path, key, wanted, kind, list }: Named): Promise<JsonObject> {
  const { items } = await api.list(path, {}, Infinity);
  const nameOf = (item: JsonObject): string => requireText(item, key);
  const found =
    items.find((item) => nameOf(item) === wanted) ??
    items.find((item) => nameOf(item).toLowerCase() === wanted.toLowerCase());
  if (found !== undefined) return found;
  throw new CliError(
    EXIT.refused,
    `No ${kind} has the ${key} “${wanted}”.${didYouMean(wanted, items.map(nameOf))} See: provost ${list}`,
  );
}
