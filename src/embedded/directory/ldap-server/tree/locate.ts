// From the text of a name in a request to the entry it means.
import { LdapFailure, ResultCode } from '../protocol/result.js';
import { parseDn } from '../schema/dn.js';
import type { Rdn } from '../schema/dn.js';
import type { Schema } from '../schema/schema.js';
import type { DirectoryTree, Node } from './tree.js';

/** Throws `LdapFailure` 34 when the text is no name or has a type or value the schema does not know. */
export function parseName(schema: Schema, text: string, what = 'DN'): readonly Rdn[] {
  const name = parseDn(text);
  if (name === undefined || !schema.isValidName(name)) {
    throw new LdapFailure(ResultCode.invalidDnSyntax, `invalid ${what}`);
  }
  return name;
}

/** Throws 32, naming the closest entry above, when there is no such entry. */
export function locate(tree: DirectoryTree, name: readonly Rdn[], message = ''): Node {
  const { node, closest } = tree.find(name) ?? {};
  if (node !== undefined) return node;
  throw new LdapFailure(ResultCode.noSuchObject, message, closest === undefined ? '' : tree.dnOf(closest));
}
