// The kinds of system this installation speaks to: a list of definitions, held against the rules before the first
// request, so that a bad connector stops the start and not somebody's account.
import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { nearestName } from '../../platform/config/index.js';
import { ConnectorError } from './connector-error.js';
import type { ConnectorDefinition } from './connector.contract.js';

/** The token under which the root gives the list of `ConnectorDefinition`s. */
export const CONNECTOR_DEFINITIONS = Symbol('connector definitions');

const KIND = /^[a-z][a-z0-9-]*$/;

export type JsonSchema = Readonly<Record<string, unknown>>;

/** A connector with the JSON Schema of its configuration. */
export interface CataloguedConnector {
  readonly definition: ConnectorDefinition;
  readonly configSchema: JsonSchema;
}

@Injectable()
export class ConnectorCatalogue {
  readonly #connectors: ReadonlyMap<string, CataloguedConnector>;

  /** @throws Error naming every definition that cannot be used: the service does not start. */
  constructor(@Inject(CONNECTOR_DEFINITIONS) definitions: readonly ConnectorDefinition[]) {
    const connectors = new Map<string, CataloguedConnector>();
    const faults: string[] = [];
    for (const definition of definitions) {
      const { kind } = definition;
      if (!KIND.test(kind)) faults.push(`${JSON.stringify(kind)} is not a kind: use a-z, 0-9 and "-".`);
      else if (connectors.has(kind)) faults.push(`Two connectors are of the kind "${kind}": remove one.`);
      else {
        const configSchema = toJsonSchema(definition.config);
        if (typeof configSchema === 'string') faults.push(`The configuration of "${kind}" ${configSchema}`);
        else connectors.set(kind, { definition, configSchema });
      }
    }
    if (faults.length > 0) throw new Error(`Connectors cannot be used:\n  - ${faults.join('\n  - ')}`);
    this.#connectors = connectors;
  }

  /** In the order of their kinds. */
  list(): CataloguedConnector[] {
    return [...this.#connectors]
      .toSorted(([left], [right]) => (left < right ? -1 : 1))
      .map(([, connector]) => connector);
  }

  get(kind: string): CataloguedConnector | undefined {
    return this.#connectors.get(kind);
  }

  /** @throws ConnectorError `misconfigured` when no connector of this kind is installed */
  require(kind: string): ConnectorDefinition {
    const found = this.#connectors.get(kind);
    if (found === undefined) throw new ConnectorError('misconfigured', this.explainMissing(kind));
    return found.definition;
  }

  /** What to tell somebody who asked for a kind that is not installed. */
  explainMissing(kind: string): string {
    const kinds = [...this.#connectors.keys()].toSorted();
    const meant = nearestName(kind, kinds);
    return (
      `No connector of the kind ${JSON.stringify(kind)} is installed. ` +
      (meant === undefined ? '' : `Did you mean "${meant}"? `) +
      (kinds.length === 0 ? 'There is none at all.' : `Installed: ${kinds.join(', ')}.`)
    );
  }
}

/** The schema of what people write, or what is wrong with it. */
function toJsonSchema(config: z.ZodType): JsonSchema | string {
  try {
    const schema = withoutDetour(z.toJSONSchema(config, { io: 'input' }));
    return schema.type === 'object' ? schema : 'is not an object of named settings.';
  } catch (error) {
    return `has no JSON Schema: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** A schema with an id comes as a reference to its only definition. */
function withoutDetour(schema: JsonSchema): JsonSchema {
  const { $ref, $defs, ...rest } = schema as { $ref?: string; $defs?: Record<string, JsonSchema> };
  if ($ref === undefined) return schema;
  const name = $ref.replace('#/$defs/', '');
  const { [name]: root, ...others } = $defs ?? {};
  return { ...rest, ...root, ...(Object.keys(others).length > 0 && { $defs: others }) };
}
