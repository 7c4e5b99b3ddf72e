// Whether a connector can use the settings of a system: its own schema decides, this says it in places and remedies.
import { isDeepStrictEqual } from 'node:util';
import type { z } from 'zod';
import { nearestName, wordIssue } from '../platform/config/index.js';
import type { ProblemField } from '../platform/http/index.js';
import type { CataloguedConnector, JsonSchema } from './connector/connector-catalogue.js';
import type { EndpointGuard } from './connector/endpoint-guard.js';
import type { SystemEndpoint } from './domain/system-endpoint.js';
import { provisioningProblem } from './provisioning.problems.js';

export interface SystemSettings {
  readonly config: Readonly<Record<string, unknown>>;
  /** By name, as they are. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** The configuration as it is stored: valid, with every default. @throws Problem 422 naming every faulty place */
export function checkSystemSettings(
  connector: CataloguedConnector,
  { config, secrets }: SystemSettings,
  guard: EndpointGuard,
): Record<string, unknown> {
  const parsed = connector.definition.config.safeParse(config, { error: wordIssue });
  const errors = [
    ...(parsed.success
      ? [
          ...textFaults(parsed.data, ['config']),
          ...endpointFaults(connector.definition.endpoint(parsed.data), guard),
        ]
      : parsed.error.issues.flatMap((issue) => configFaults(issue, config, connector))),
    ...secretFaults(secrets, connector.definition.secrets),
  ].slice(0, 50);
  if (parsed.success && errors.length === 0) {
    return JSON.parse(JSON.stringify(parsed.data)) as Record<string, unknown>;
  }
  const { kind } = connector.definition;
  const [first] = errors;
  throw provisioningProblem.settingsInvalid(
    errors.length === 1 && first !== undefined
      ? `${first.pointer}: ${first.detail}`
      : `${errors.length} places are wrong; \`errors\` lists each. GET /api/v1/connectors says what "${kind}" needs.`,
    { errors },
  );
}

/**
 * Stored secrets are sent to the address that they were entered for and to no other.
 * @throws Problem 422 when the address changes and one of `stored` is not `entered` again
 */
export function requireSecretsForNewAddress(
  { definition }: CataloguedConnector,
  { before, after }: { readonly before: unknown; readonly after: unknown },
  { stored, entered }: { readonly stored: readonly string[]; readonly entered: readonly string[] },
): void {
  const old = definition.config.safeParse(before);
  const isSame =
    old.success &&
    isDeepStrictEqual(definition.endpoint(old.data), definition.endpoint(definition.config.parse(after)));
  const missing = isSame ? [] : stored.filter((name) => !entered.includes(name));
  if (missing.length === 0) return;
  throw provisioningProblem.secretsNeeded(
    'The address or its protection changes, and stored secrets are never sent to another place. ' +
      `Enter them again in the same request: ${missing.join(', ')}.`,
    {
      errors: missing.map((name) => ({ pointer: pointerTo(['secrets', name]), detail: 'is needed again.' })),
    },
  );
}

function endpointFaults(endpoint: SystemEndpoint, guard: EndpointGuard): ProblemField[] {
  const fault = guard.faultOf(endpoint);
  if (fault === undefined) return [];
  const path = fault.setting === undefined ? ['config'] : ['config', fault.setting];
  return [{ pointer: pointerTo(path), detail: `${fault.reason}.` }];
}

function configFaults(
  issue: z.core.$ZodIssue,
  config: SystemSettings['config'],
  { definition, configSchema }: CataloguedConnector,
): ProblemField[] {
  const path = ['config', ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    const known = Object.keys(configSchema['properties'] ?? {});
    return issue.keys.map((key) => ({
      pointer: pointerTo([...path, key]),
      detail: Object.hasOwn(definition.secrets, key)
        ? 'is a secret and has no place here: give it in /secrets, where it is encrypted.'
        : explainUnknown(key, issue.path.length === 0 ? known : []),
    }));
  }
  const isMissing = issue.code === 'invalid_type' && valueAt(config, issue.path) === undefined;
  return [
    {
      pointer: pointerTo(path),
      detail: isMissing
        ? `is missing: ${descriptionOf(configSchema, issue.path)}`
        : `${issue.message.replace(/\.$/u, '')}.`,
    },
  ];
}

function secretFaults(
  secrets: SystemSettings['secrets'],
  needed: CataloguedConnector['definition']['secrets'],
): ProblemField[] {
  const unknown = Object.keys(secrets).filter((name) => !Object.hasOwn(needed, name));
  const missing = Object.keys(needed).filter((name) => !Object.hasOwn(secrets, name));
  return [
    ...unknown.map((name) => ({
      pointer: pointerTo(['secrets', name]),
      detail: explainUnknown(name, Object.keys(needed)),
    })),
    ...missing.map((name) => ({
      pointer: pointerTo(['secrets', name]),
      detail: `is missing: ${needed[name]}`,
    })),
  ];
}

/** Texts that PostgreSQL cannot keep, which a connector's schema need not know. */
function textFaults(value: unknown, path: readonly PropertyKey[]): ProblemField[] {
  if (typeof value === 'string') {
    return value.isWellFormed() && !value.includes('\u0000')
      ? []
      : [{ pointer: pointerTo(path), detail: 'must be well-formed Unicode without NUL.' }];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, part]) => [
    ...textFaults(key, [...path, key]),
    ...textFaults(part, [...path, key]),
  ]);
}

function explainUnknown(name: string, known: readonly string[]): string {
  const meant = nearestName(name.slice(0, 64), known);
  if (meant !== undefined) return `is not known; did you mean "${meant}"?`;
  return known.length === 0 ? 'is not known: remove it.' : `is not known (known: ${known.join(', ')}).`;
}

function descriptionOf(schema: JsonSchema, [name]: readonly PropertyKey[]): string {
  const properties = (schema['properties'] ?? {}) as Readonly<Record<PropertyKey, JsonSchema>>;
  const description = name === undefined ? undefined : properties[name]?.['description'];
  return typeof description === 'string' ? description : 'give it a value.';
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (inner as Readonly<Record<PropertyKey, unknown>> | null | undefined)?.[key],
    value,
  );
}

/** RFC 6901 */
function pointerTo(path: readonly PropertyKey[]): string {
  return path.map((segment) => `/${String(segment).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
