// Definitions of object classes and attribute types as servers publish them (RFC 4512 §4.1).

export interface ObjectClassDefinition {
  readonly names: readonly string[];
  readonly superiors: readonly string[];
  readonly must: readonly string[];
  readonly may: readonly string[];
}

export interface AttributeTypeDefinition {
  readonly names: readonly string[];
  readonly superior: string | undefined;
  /** The OID of the syntax, without a length; undefined where it is the superior's. */
  readonly syntax: string | undefined;
  readonly isSingleValued: boolean;
  readonly isUserModifiable: boolean;
}

const TOKEN = /[()$]|'[^']*'|[^\s()$']+/g;
/** Keywords that stand alone; each other one is followed by a value or a list. */
const FLAGS: ReadonlySet<string> = new Set([
  'OBSOLETE',
  'ABSTRACT',
  'STRUCTURAL',
  'AUXILIARY',
  'SINGLE-VALUE',
  'COLLECTIVE',
  'NO-USER-MODIFICATION',
]);

/** Undefined for a text that is not a definition. */
export function parseObjectClass(text: string): ObjectClassDefinition | undefined {
  const fields = parseFields(text);
  if (fields === undefined) return undefined;
  return {
    names: namesOf(fields),
    superiors: fields.get('SUP') ?? [],
    must: fields.get('MUST') ?? [],
    may: fields.get('MAY') ?? [],
  };
}

/** Undefined for a text that is not a definition. */
export function parseAttributeType(text: string): AttributeTypeDefinition | undefined {
  const fields = parseFields(text);
  if (fields === undefined) return undefined;
  return {
    names: namesOf(fields),
    superior: fields.get('SUP')?.[0],
    syntax: fields.get('SYNTAX')?.[0]?.replace(/\{\d+\}$/, ''),
    isSingleValued: fields.has('SINGLE-VALUE'),
    isUserModifiable: !fields.has('NO-USER-MODIFICATION'),
  };
}

/** All that refer to it by a name or the OID; the first is the one to show. */
function namesOf(fields: ReadonlyMap<string, readonly string[]>): readonly string[] {
  return [...(fields.get('NAME') ?? []), ...(fields.get('OID') ?? [])];
}

function parseFields(text: string): Map<string, readonly string[]> | undefined {
  const tokens: readonly string[] = text.match(TOKEN) ?? [];
  const oid = tokens[1];
  if (tokens[0] !== '(' || tokens.at(-1) !== ')' || oid === undefined || oid === ')') return undefined;
  const fields = new Map<string, readonly string[]>([['OID', [oid]]]);
  for (let at = 2; at < tokens.length - 1;) {
    const keyword = tokens[at] ?? '';
    at += 1;
    const values: string[] = [];
    if (!FLAGS.has(keyword)) {
      const isList = tokens[at] === '(';
      const end = isList ? tokens.indexOf(')', at) : at + 1;
      values.push(...tokens.slice(isList ? at + 1 : at, end).filter((token) => token !== '$'));
      at = isList ? end + 1 : end;
    }
    fields.set(
      keyword.toUpperCase(),
      values.map((value) => value.replaceAll("'", '')),
    );
  }
  return fields;
}
