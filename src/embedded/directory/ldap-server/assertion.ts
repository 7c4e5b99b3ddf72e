// Questions with one answer about one entry: the assertion control (RFC 4528) and compare (RFC 4511 §4.10).
import { maySee } from './access.js';
import type { Identity } from './access.js';
import type { Filter } from './protocol/filter.js';
import type { CompareRequest } from './protocol/request.js';
import { LdapFailure, ResultCode } from './protocol/result.js';
import type { Schema } from './schema/schema.js';
import { compileFilter } from './tree/filter-match.js';
import { knownType } from './tree/values.js';
import type { VisibleEntry } from './view.js';

/** Throws `LdapFailure` 122 unless the filter holds; without a filter there is nothing to hold. */
export function requireAssertion(schema: Schema, filter: Filter | undefined, visible: VisibleEntry): void {
  if (filter === undefined || compileFilter(filter, schema)(visible.read) === true) return;
  throw new LdapFailure(ResultCode.assertionFailed);
}

/** Throws `LdapFailure` 16, 17, 18, 21 or 50 when the question cannot be answered. */
export function compareValue(
  schema: Schema,
  visible: VisibleEntry,
  { attribute, value }: CompareRequest,
  identity: Identity,
): 'equal' | 'different' {
  const type = knownType(schema, attribute);
  if (!maySee(identity, type)) throw new LdapFailure(ResultCode.insufficientAccessRights);
  if (type.equality === undefined) {
    throw new LdapFailure(ResultCode.inappropriateMatching, 'inappropriate matching request');
  }
  const key = schema.keyOf(type, value);
  if (key === undefined) {
    throw new LdapFailure(ResultCode.invalidAttributeSyntax, 'value does not conform to assertion syntax');
  }
  const present = visible.read(type);
  if (present === undefined) throw new LdapFailure(ResultCode.noSuchAttribute);
  return present.keys?.includes(key) ? 'equal' : 'different';
}
