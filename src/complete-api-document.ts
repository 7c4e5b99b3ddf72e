// What holds for every route is said here, once: the headers all take, the refusals all can give, the formats of values.
import type { OpenAPIObject } from '@nestjs/swagger';
import { MAX_CURSOR_CHARACTERS, MAX_PAGE_ITEMS, problemResponse } from './platform/http/index.js';

type Json = Record<string, unknown>;

interface Operation {
  parameters?: unknown[];
  responses: Record<string, Json>;
  readonly requestBody?: { readonly content?: Json };
  readonly [extension: `x-${string}`]: unknown;
}

interface Document {
  readonly paths: Record<string, Record<string, Operation>>;
  components: { schemas?: Json; parameters?: Json; headers?: Json; responses?: Json };
}

const REQUEST_ID = { type: 'string', minLength: 8, maxLength: 64, pattern: '^[A-Za-z0-9._-]+$' };

const PARAMETERS = {
  RequestId: {
    name: 'X-Request-Id',
    in: 'header',
    required: false,
    description:
      'Names the request in logs, audit records and operations; without it, or with another text, one is made.',
    schema: REQUEST_ID,
    example: 'import-2026-03-01',
  },
  IdempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    required: false,
    description:
      'Makes it safe to repeat the request: whatever was lost on the way, it is carried out once, and a repeat gets the stored answer with `Idempotency-Replayed: true`. Kept for 24 hours or longer.',
    schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[!-~]+$' },
    example: '8e03978e-40d5-43dd-bc93-6894a57f9324',
  },
};

const HEADERS = {
  RequestId: { description: 'Names the request.', schema: REQUEST_ID },
  RetryAfter: {
    description: 'In how many seconds to try again.',
    schema: { type: 'integer', format: 'int32', minimum: 0, maximum: 86_400 },
  },
  IdempotencyReplayed: {
    description: 'There when the answer is the stored one of an earlier request with the same key.',
    schema: { type: 'string', enum: ['true'] },
  },
};

/** What an answer says that waited for what follows from its change. */
const WAITED_HEADERS = {
  PreferenceApplied: {
    description: 'How long the answer may have waited, as asked for by `Prefer`.',
    schema: { type: 'string', maxLength: 64 },
    example: 'wait=10',
  },
  ProvostGroup: {
    description:
      'With `Prefer: wait=N`: the group of operations that follow from the change, and how many of them are open, failed and there at all; `none` when nothing follows.',
    schema: { type: 'string', maxLength: 128 },
    example: '17; open=0; failed=1; total=2',
  },
  ProvostWaiting: {
    description:
      'With `Prefer: wait=N`, when operations are still open: why they may stay so, such as that no worker lives.',
    schema: { type: 'string', maxLength: 4_096 },
    example: '"no living process has the role worker"',
  },
  Monitor: {
    description: 'With `Prefer: wait=N`: where to look how far the operations are.',
    schema: { type: 'string', maxLength: 128 },
    example: '</api/v1/groups/17>; rel="monitor"',
  },
};

/** The longest text of each format; RFC 3339 with nine digits of a second is the longest moment. */
const FORMAT_LENGTHS: Readonly<Record<string, number>> = { uuid: 36, 'date-time': 35, date: 10 };
const INT32 = 2_147_483_647;

/** Completes `document` in place. */
export function completeApiDocument(document: OpenAPIObject): void {
  const { paths, components } = document as unknown as Document;
  const used = new Set<number>();
  for (const methods of Object.values(paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const takesKey = method === 'post' && isKeyed(operation);
      operation.parameters = [
        ...(operation.parameters ?? []),
        ...(takesKey ? [{ $ref: '#/components/parameters/IdempotencyKey' }] : []),
        { $ref: '#/components/parameters/RequestId' },
      ];
      completeResponses(operation, takesKey, used);
      if (operation['x-waits-for-what-follows'] !== undefined) addWaitedHeaders(operation);
    }
  }
  limitPages(components.schemas ?? {});
  limitValues(document);
  components.parameters = PARAMETERS;
  components.headers = { ...HEADERS, ...WAITED_HEADERS };
  components.responses = Object.fromEntries(
    [...used]
      .toSorted((one, other) => one - other)
      .map((status) => [`Problem${status}`, sharedProblem(status)]),
  );
}

/** As the interceptor decides it: not where answers are never stored, nor where there is no caller. */
function isKeyed(operation: Operation): boolean {
  return operation['x-never-stored'] === undefined && operation['x-public'] === undefined;
}

function completeResponses(operation: Operation, takesKey: boolean, used: Set<number>): void {
  const { responses } = operation;
  for (const [status, response] of Object.entries(responses)) {
    if (isPlainProblem(status, response)) delete responses[status];
    else addHeaders(response, takesKey && Number(status) < 300);
    if (responses[status] === undefined) refuse(responses, Number(status), used);
  }
  for (const status of commonRefusals(operation, takesKey)) {
    if (responses[status] === undefined) refuse(responses, status, used);
  }
}

function commonRefusals(operation: Operation, takesKey: boolean): number[] {
  const takesJson = operation.requestBody?.content?.['application/json'] !== undefined;
  return [
    400,
    ...(operation['x-public'] === undefined ? [401] : []),
    ...(operation['x-permission'] === undefined ? [] : [403]),
    ...(takesKey ? [409, 422] : []),
    ...(takesJson ? [413, 415] : []),
    500,
    503,
  ];
}

function isPlainProblem(status: string, response: Json): boolean {
  return JSON.stringify(response) === JSON.stringify(problemResponse(Number(status)));
}

function refuse(responses: Record<string, Json>, status: number, used: Set<number>): void {
  used.add(status);
  responses[status] = { $ref: `#/components/responses/Problem${status}` };
}

function sharedProblem(status: number): Json {
  const response: Json = { ...problemResponse(status) };
  if (status === 429) response['headers'] = { 'Retry-After': { $ref: '#/components/headers/RetryAfter' } };
  addHeaders(response, false);
  return response;
}

function addHeaders(response: Json, mayBeReplayed: boolean): void {
  response['headers'] = {
    ...(response['headers'] as Json | undefined),
    'X-Request-Id': { $ref: '#/components/headers/RequestId' },
    ...(mayBeReplayed
      ? { 'Idempotency-Replayed': { $ref: '#/components/headers/IdempotencyReplayed' } }
      : {}),
  };
}

function addWaitedHeaders({ responses }: Operation): void {
  for (const response of Object.entries(responses).flatMap(([status, one]) =>
    status < '300' ? [one] : [],
  )) {
    response['headers'] = {
      ...(response['headers'] as Json | undefined),
      'Preference-Applied': { $ref: '#/components/headers/PreferenceApplied' },
      'Provost-Group': { $ref: '#/components/headers/ProvostGroup' },
      'Provost-Waiting': { $ref: '#/components/headers/ProvostWaiting' },
      Link: { $ref: '#/components/headers/Monitor' },
    };
  }
}

/** As the query of every list has it. */
function limitPages(schemas: Json): void {
  for (const [name, schema] of Object.entries(schemas)) {
    if (!name.endsWith('Page')) continue;
    const { items, next } = (schema as { properties: { items: Json; next: Json } }).properties;
    items['maxItems'] ??= MAX_PAGE_ITEMS;
    next['maxLength'] ??= MAX_CURSOR_CHARACTERS;
  }
}

/** Says of integers how wide they are, and of texts with a format how long they can get. */
function limitValues(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  const schema = value as Json;
  if (isOf(schema, 'integer') && schema['format'] === undefined) {
    const bounds = [schema['minimum'], schema['maximum']];
    const isNarrow = bounds.every((bound) => typeof bound === 'number' && Math.abs(bound) <= INT32);
    schema['format'] = isNarrow ? 'int32' : 'int64';
  }
  if (isOf(schema, 'string') && typeof schema['format'] === 'string') {
    const length = FORMAT_LENGTHS[schema['format']];
    if (length !== undefined) schema['maxLength'] ??= length;
  }
  for (const inner of Object.values(schema)) limitValues(inner);
}

/** Of this type, or of this type or null. */
function isOf({ type }: Json, name: string): boolean {
  return type === name || (Array.isArray(type) && type.includes(name));
}
