// What the API document says that there is to call, and bodies for it.

export interface ApiOperation {
  readonly id: string;
  readonly method: string;
  /** With its parameters in braces. */
  readonly path: string;
  /** Of the body it takes; undefined when it takes none. */
  readonly contentType: string | undefined;
  /** The document's own example of that body. */
  readonly example: unknown;
}

interface Schema {
  readonly $ref?: string;
  readonly example?: unknown;
}

export interface ApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, RawOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

interface RawOperation {
  readonly operationId: string;
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
}

/** Reads first, then additions and changes, removals last: each has something to work on. */
const ORDER = ['get', 'post', 'put', 'patch', 'delete'];

export function operationsOf({ paths, components }: ApiDocument): ApiOperation[] {
  return Object.entries(paths)
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { operationId, requestBody }]) => {
        const [contentType, body] = Object.entries(requestBody?.content ?? {})[0] ?? [];
        const name = body?.schema.$ref?.split('/').at(-1);
        const schema = name === undefined ? body?.schema : components.schemas[name];
        return { id: operationId, method, path, contentType, example: schema?.example };
      }),
    )
    .toSorted((one, other) => ORDER.indexOf(one.method) - ORDER.indexOf(other.method))
    .map((operation) => ({ ...operation, method: operation.method.toUpperCase() }));
}

/** Whether a field of a body holds what nobody else may know. */
export function isSecretField(name: string): boolean {
  return /^(key|token|secret|password)$|(Token|Password|Secret|Key)$/.test(name);
}

/** `example` with other values: `secret` gives those of secret fields, `other` what names must be unique by. */
export function withSecrets(
  example: unknown,
  secret: (field: string) => unknown,
  other: string,
): Record<string, unknown> {
  const change = (field: string, value: unknown): unknown => {
    if (typeof value === 'string' && isSecretField(field)) return secret(field);
    if (typeof value === 'string' && ['login', 'code', 'name'].includes(field)) return `${value}${other}`;
    return isRecord(value) ? changed(value) : value;
  };
  const changed = (record: Record<string, unknown>): Record<string, unknown> =>
    Object.fromEntries(Object.entries(record).map(([field, value]) => [field, change(field, value)]));
  return isRecord(example) ? changed(example) : {};
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
