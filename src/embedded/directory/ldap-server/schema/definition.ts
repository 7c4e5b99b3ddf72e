// Schema descriptions as directories publish them (RFC 4512 §4.1), from text to data.

export interface AttributeDefinition {
  readonly oid: string;
  readonly names: readonly string[];
  readonly superior?: string;
  readonly equality?: string;
  readonly ordering?: string;
  readonly substring?: string;
  /** Without the length bound in braces. */
  readonly syntax?: string;
  readonly singleValue: boolean;
  readonly userModifiable: boolean;
  readonly operational: boolean;
}

export type ClassKind = 'abstract' | 'structural' | 'auxiliary';

export interface ClassDefinition {
  readonly oid: string;
  readonly names: readonly string[];
  readonly superiors: readonly string[];
  readonly kind: ClassKind;
  readonly must: readonly string[];
  readonly may: readonly string[];
}

/** Throws when the text is not an AttributeTypeDescription. */
export function parseAttribute(text: string): AttributeDefinition {
  const { oid, fields } = parseDescription(text);
  const one = (keyword: string): string | undefined => fields.get(keyword)?.[0];
  return {
    oid,
    names: fields.get('NAME') ?? [],
    singleValue: fields.has('SINGLE-VALUE'),
    userModifiable: !fields.has('NO-USER-MODIFICATION'),
    operational: (one('USAGE') ?? 'userApplications') !== 'userApplications',
    ...present('superior', one('SUP')),
    ...present('equality', one('EQUALITY')),
    ...present('ordering', one('ORDERING')),
    ...present('substring', one('SUBSTR')),
    ...present('syntax', one('SYNTAX')?.replace(/\{\d+\}$/, '')),
  };
}

/** Throws when the text is not an ObjectClassDescription. */
export function parseClass(text: string): ClassDefinition {
  const { oid, fields } = parseDescription(text);
  return {
    oid,
    names: fields.get('NAME') ?? [],
    superiors: fields.get('SUP') ?? [],
    kind: fields.has('ABSTRACT') ? 'abstract' : fields.has('AUXILIARY') ? 'auxiliary' : 'structural',
    must: fields.get('MUST') ?? [],
    may: fields.get('MAY') ?? [],
  };
}

/** Every keyword with its values; one that stands alone has none. */
function parseDescription(text: string): { oid: string; fields: Map<string, string[]> } {
  const tokens = text.match(/'[^']*'|[()$]|[^\s()$']+/g) ?? [];
  const [open, oid, ...rest] = tokens;
  if (open !== '(' || oid === undefined || rest.pop() !== ')') {
    throw new Error(`Not a schema description: ${text}`);
  }
  const fields = new Map<string, string[]>();
  let values: string[] = [];
  let depth = 0;
  for (const token of rest) {
    if (token === '(') depth += 1;
    else if (token === ')') depth -= 1;
    else if (token === '$') continue;
    else if (depth === 0 && /^[A-Z-]+$/.test(token)) fields.set(token, (values = []));
    else values.push(token.replaceAll("'", ''));
  }
  return { oid, fields };
}

function present<K extends string>(key: K, value: string | undefined): Partial<Record<K, string>> {
  return value === undefined ? {} : ({ [key]: value } as Record<K, string>);
}
