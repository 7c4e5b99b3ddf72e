// Rules over the whole API document: what a program or a person reads must be complete and true.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { root } from '../support/repository.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { startWholeApp, type WholeApp } from '../support/whole-app.js';

interface DocumentedResponse {
  readonly $ref?: string;
  readonly description?: string;
  readonly content?: Record<string, { readonly schema?: { $ref?: string } }>;
}

interface Parameter {
  readonly $ref?: string;
  readonly name?: string;
  readonly description?: string;
}

interface Operation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: string[];
  readonly security?: unknown[];
  readonly parameters?: Parameter[];
  readonly responses: Record<string, DocumentedResponse>;
  readonly [extension: `x-${string}`]: unknown;
}

interface Schema {
  readonly description?: string;
  readonly example?: unknown;
  readonly properties?: Record<string, { readonly description?: string; readonly $ref?: string }>;
}

interface Document {
  readonly openapi: string;
  readonly tags: { readonly name: string }[];
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: {
    readonly schemas: Record<string, Schema>;
    readonly responses: Record<string, DocumentedResponse>;
    readonly parameters: Record<string, Parameter>;
  };
}

describe('the API document', () => {
  let database: TestDatabase;
  let whole: WholeApp;
  let text: string;
  let document: Document;
  let operations: [string, Operation][];

  beforeAll(async () => {
    database = await createTestDatabase();
    whole = await startWholeApp(database.url);
    text = await (await fetch(`${whole.url}/docs-json`)).text();
    document = JSON.parse(text) as Document;
    operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]): [string, Operation] => [
        `${method.toUpperCase()} ${path}`,
        operation,
      ]),
    );
  });

  afterAll(async () => {
    await whole.close();
    await database.drop();
  });

  function offending(isWrong: (operation: Operation, name: string) => boolean): string[] {
    return operations.filter(([name, operation]) => isWrong(operation, name)).map(([name]) => name);
  }

  it('is the committed one (npm run docs:generate)', () => {
    expect(document).toEqual(JSON.parse(readFileSync(`${root}/docs/openapi.json`, 'utf8')));
  });

  it('is OpenAPI 3.1 with more than 30 operations', () => {
    expect(document.openapi).toBe('3.1.0');
    expect(operations.length).toBeGreaterThan(30);
  });

  it('gives every operation a unique verb-noun id, a short summary, a description and one declared tag', () => {
    expect(offending((operation) => !/^[a-z]+[A-Z][A-Za-z0-9]+$/.test(operation.operationId ?? ''))).toEqual(
      [],
    );
    expect(new Set(operations.map(([, { operationId }]) => operationId)).size).toBe(operations.length);
    expect(offending(({ summary = '' }) => summary === '' || summary.length > 60)).toEqual([]);
    expect(offending(({ description = '' }) => description === '')).toEqual([]);
    const declared = document.tags.map(({ name }) => name);
    expect(offending(({ tags = [] }) => tags.length !== 1 || !declared.includes(tags[0] ?? ''))).toEqual([]);
  });

  it('says of every operation who may call it', () => {
    const policies = ['x-permission', 'x-signed-in', 'x-public'] as const;
    expect(
      offending((operation) => policies.filter((policy) => operation[policy] !== undefined).length !== 1),
    ).toEqual([]);
  });

  it('documents refusals as problems', () => {
    const isGuarded = (operation: Operation): boolean => operation['x-public'] === undefined;
    expect(offending((operation) => isGuarded(operation) && !('401' in operation.responses))).toEqual([]);
    expect(
      offending((operation) => operation['x-permission'] !== undefined && !('403' in operation.responses)),
    ).toEqual([]);
    expect(
      offending(
        (operation, name) =>
          name.includes('{') && operation['x-permission'] !== undefined && !('404' in operation.responses),
      ),
    ).toEqual([]);
    const shared = (response: DocumentedResponse): DocumentedResponse =>
      document.components.responses[response.$ref?.split('/').pop() ?? ''] ?? response;
    const isProblem = (status: string, response: DocumentedResponse): boolean =>
      !status.startsWith('4') ||
      shared(response).content?.['application/problem+json']?.schema?.$ref === '#/components/schemas/Problem';
    expect(
      offending(
        ({ responses }) =>
          !Object.entries(responses).every(([status, response]) => isProblem(status, response)),
      ),
    ).toEqual([]);
  });

  it('describes every parameter', () => {
    const described = ({ $ref, description }: Parameter): boolean =>
      (document.components.parameters[$ref?.split('/').pop() ?? '']?.description ?? description ?? '') !== '';
    expect(offending(({ parameters = [] }) => !parameters.every(described))).toEqual([]);
  });

  it('offers an Idempotency-Key on every POST of a caller whose answer may be stored, and nowhere else', () => {
    const takesKey = ({ parameters = [] }: Operation): boolean =>
      parameters.some(({ $ref }) => $ref === '#/components/parameters/IdempotencyKey');
    const wanted = (operation: Operation, name: string): boolean =>
      name.startsWith('POST ') &&
      operation['x-public'] === undefined &&
      operation['x-never-stored'] === undefined;
    expect(offending((operation, name) => takesKey(operation) !== wanted(operation, name))).toEqual([]);
  });

  it('never keeps an answer that holds tokens', () => {
    const holdsTokens = (operation: Operation): boolean =>
      ['200', '201'].some((status) =>
        /Token/.test(JSON.stringify(operation.responses[status]?.content?.['application/json'] ?? '')),
      );
    expect(
      offending((operation) => holdsTokens(operation) && operation['x-never-stored'] === undefined),
    ).toEqual([]);
  });

  it('describes every schema and property, and shows an example of what is no list', () => {
    const schemas = Object.entries(document.components.schemas);
    expect(schemas.filter(([, { description = '' }]) => description === '').map(([name]) => name)).toEqual(
      [],
    );
    expect(
      schemas
        .filter(([name, { example }]) => example === undefined && !/(Page|List)$/.test(name))
        .map(([name]) => name),
    ).toEqual([]);
    const undescribed = schemas.flatMap(([name, { properties = {} }]) =>
      Object.entries(properties)
        .filter(([, property]) => !property.description && !property.$ref)
        .map(([property]) => `${name}.${property}`),
    );
    expect(undescribed).toEqual([]);
  });

  it('has no schema that nothing refers to', () => {
    const unused = Object.keys(document.components.schemas).filter(
      (name) => !text.includes(`"#/components/schemas/${name}"`),
    );
    expect(unused).toEqual([]);
  });
});
