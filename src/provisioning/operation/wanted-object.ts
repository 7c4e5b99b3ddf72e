// Values are computed at every attempt from what is true now, so that nothing stale is ever written.
import type { Expressions, ExpressionValue } from '../../platform/expressions/index.js';
import type { Attachments, IdentitySnapshot } from '../../registry/index.js';
import type { Connector } from '../connector/connector.contract.js';
import { type Value, valuesOf, type WantedAttribute } from '../domain/attribute-delta.js';
import { type MappedValue, toValues } from '../domain/value-of-expression.js';
import type { MappingContext } from './account-context.js';

const IDENTIFIER = 'identifier';

export interface WantedObject {
  readonly identifier: string;
  readonly attributes: readonly (WantedAttribute & { readonly isCorrelation: boolean })[];
}

export interface MappingFault {
  /** `identifier`, or the attribute whose expression is at fault. */
  readonly attribute: string;
  readonly problem: string;
  /** `engine`: trying again may help. */
  readonly fault: 'expression' | 'engine';
}

export type Computed =
  | { readonly ok: true; readonly wanted: WantedObject }
  | { readonly ok: false; readonly faults: readonly MappingFault[] };

export interface ComputeDependencies {
  readonly expressions: Expressions;
  readonly attachments: Pick<Attachments, 'read'>;
}

/** What the system is to hold for this identity. Reads attachments; changes nothing. */
export async function computeWanted(
  mapping: MappingContext,
  identity: IdentitySnapshot,
  system: { readonly name: string; readonly booleans: readonly [string, string] },
  { expressions, attachments }: ComputeDependencies,
  signal?: AbortSignal,
): Promise<Computed> {
  const sources = [
    { id: IDENTIFIER, source: mapping.identifierExpression },
    ...mapping.attributes.map(({ attribute, expression }) => ({
      id: `attribute:${attribute}`,
      source: expression,
    })),
  ];
  const results = await expressions.evaluate(sources, toVariables(identity, system.name), signal);
  const faults: MappingFault[] = [];
  const mappedValues = (id: string, attribute: string): readonly MappedValue[] => {
    const result = results.get(id);
    if (!result) return [];
    if (!result.ok) {
      faults.push({ attribute, problem: result.problem, fault: result.fault });
      return [];
    }
    const mapped = toValues(result.value, system.booleans);
    if (mapped.ok) return mapped.values;
    faults.push({ attribute, problem: mapped.problem, fault: 'expression' });
    return [];
  };
  const [identifier] = mappedValues(IDENTIFIER, IDENTIFIER);
  if (faults.length === 0 && (typeof identifier !== 'string' || identifier.includes('\u0000'))) {
    faults.push({
      attribute: IDENTIFIER,
      problem: 'gives no text; every object needs an identifier',
      fault: 'expression',
    });
  }
  const mapped = mapping.attributes.map((attribute) => ({
    ...attribute,
    values: mappedValues(`attribute:${attribute.attribute}`, attribute.attribute),
  }));
  if (faults.length > 0 || typeof identifier !== 'string') return { ok: false, faults };
  const attributes = await Promise.all(
    mapped.map(async ({ attribute, strategy, isMultivalued, isCorrelation, values }) => ({
      attribute,
      strategy,
      isMultivalued,
      isCorrelation,
      values: await Promise.all(values.map((value) => toBytes(value, attachments))),
    })),
  );
  return { ok: true, wanted: { identifier, attributes } };
}

/** The same as the system will show it, so that an equal object is seen to be equal. */
export async function asStored(
  connector: Connector,
  objectClass: string,
  wanted: WantedObject,
  signal: AbortSignal,
): Promise<WantedObject> {
  if (!connector.asStored) return wanted;
  const values = Object.fromEntries(wanted.attributes.map((one) => [one.attribute, one.values]));
  const stored = await connector.asStored(objectClass, wanted.identifier, values, signal);
  return {
    identifier: stored.identifier,
    attributes: wanted.attributes.map((one) => ({
      ...one,
      values: valuesOf(stored.attributes, one.attribute),
    })),
  };
}

function toVariables(identity: IdentitySnapshot, systemName: string): Record<string, ExpressionValue> {
  const { id, login, givenName, surname, displayName, title, email, phone, state } = identity;
  const form = Object.fromEntries(
    Object.entries(identity.form).map(([code, { sha256, sizeBytes, mediaType }]) => [
      code,
      { sha256, sizeBytes, mediaType },
    ]),
  );
  return {
    identity: { id, login, givenName, surname, displayName, title, email, phone, state },
    roles: identity.roles.map(({ code }) => code),
    form,
    system: { name: systemName },
  };
}

async function toBytes(value: MappedValue, attachments: Pick<Attachments, 'read'>): Promise<Value> {
  return typeof value === 'string' || value instanceof Uint8Array
    ? value
    : attachments.read(value.attachment);
}
