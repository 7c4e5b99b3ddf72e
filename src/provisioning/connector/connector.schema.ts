import { z } from 'zod';
import type { CataloguedConnector } from './connector-catalogue.js';

const EXAMPLE = {
  kind: 'ldap',
  title: 'LDAP directory',
  config: { type: 'object', properties: { url: { type: 'string' } }, required: ['url'] },
  secrets: { password: 'Password of the bind DN.' },
};

const connectorResponse = z
  .object({
    kind: z.string().describe('What a system of this kind has as its `connector`.'),
    title: z.string().describe('What it speaks to.'),
    config: z
      .record(z.string(), z.unknown())
      .describe("JSON Schema of a system's `config`: each setting with its description and default."),
    secrets: z
      .record(z.string(), z.string())
      .describe("The names of a system's `secrets`, each with what it is."),
  })
  .meta({ id: 'Connector', description: 'A kind of system, and what it needs.', example: EXAMPLE });

export type ConnectorResponse = z.output<typeof connectorResponse>;

export const connectorList = z
  .object({ items: z.array(connectorResponse).describe('Connectors in the order of their kinds.') })
  .meta({ id: 'ConnectorList', description: 'Every kind of system.', example: { items: [EXAMPLE] } });

export function toConnectorResponse({ definition, configSchema }: CataloguedConnector): ConnectorResponse {
  return {
    kind: definition.kind,
    title: definition.title,
    config: configSchema,
    secrets: { ...definition.secrets },
  };
}
