import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { ConnectorCatalogue } from './connector-catalogue.js';
import { ConnectorError } from './connector-error.js';
import type { ConnectorDefinition } from './connector.contract.js';

function aDefinition(overrides: Partial<ConnectorDefinition> = {}): ConnectorDefinition {
  return {
    kind: 'paper',
    title: 'A filing cabinet',
    config: z.strictObject({ room: z.string().default('1').describe('Where it stands.') }),
    secrets: { key: 'The key of the cabinet.' },
    booleans: ['no', 'yes'],
    endpoint: () => ({ host: 'archive', port: 4711, isEncrypted: true }),
    open: () => {
      throw new Error('nobody opens it here');
    },
    ...overrides,
  };
}

describe('the connector catalogue', () => {
  it('lists connectors in the order of their kinds, with the settings people write', () => {
    const catalogue = new ConnectorCatalogue([aDefinition(), aDefinition({ kind: 'ldap' })]);
    expect(catalogue.list().map(({ definition }) => definition.kind)).toEqual(['ldap', 'paper']);
    expect(catalogue.get('paper')?.configSchema).toMatchObject({
      type: 'object',
      properties: { room: { type: 'string', default: '1', description: 'Where it stands.' } },
      additionalProperties: false,
    });
    expect(catalogue.get('paper')?.configSchema).not.toHaveProperty('required');
  });

  it('leaves out the name that the schema has within this service', () => {
    const config = z.strictObject({}).meta({ id: 'PaperConfig', description: 'How to open it.' });
    const schema = new ConnectorCatalogue([aDefinition({ config })]).get('paper')?.configSchema;
    expect(schema).toMatchObject({ description: 'How to open it.' });
    expect(schema).not.toHaveProperty('id');
    expect(schema).not.toHaveProperty('$ref');
  });

  it.each(['LDAP', '', 'my connector', '1st', 'ldap;drop', '__proto__'])(
    'refuses to start with the kind %j',
    (kind) => {
      expect(() => new ConnectorCatalogue([aDefinition({ kind })])).toThrow(JSON.stringify(kind));
    },
  );

  it('refuses to start with two connectors of one kind', () => {
    expect(() => new ConnectorCatalogue([aDefinition(), aDefinition()])).toThrow('"paper": remove one');
  });

  it('names every fault at once', () => {
    const bad = [aDefinition({ kind: 'A' }), aDefinition({ config: z.string() }), aDefinition({ kind: 'B' })];
    expect(() => new ConnectorCatalogue(bad)).toThrow(/"A".*\n.*"paper" is not an object.*\n.*"B"/u);
  });

  it('refuses to start with settings nobody can be told about', () => {
    const config = z.strictObject({ since: z.date() });
    expect(() => new ConnectorCatalogue([aDefinition({ config })])).toThrow('has no JSON Schema');
  });

  it('says what is installed when a kind is not', () => {
    const catalogue = new ConnectorCatalogue([aDefinition(), aDefinition({ kind: 'ldap' })]);
    expect(() => catalogue.require('lddap')).toThrow(ConnectorError);
    expect(() => catalogue.require('lddap')).toThrow(
      'No connector of the kind "lddap" is installed. Did you mean "ldap"? Installed: ldap, paper.',
    );
    expect(catalogue.get('constructor')).toBeUndefined();
    expect(() => new ConnectorCatalogue([]).require('ldap')).toThrow('There is none at all.');
  });
});
