// Which bytes are a value of a syntax (RFC 4517 §3.3).
import { decodeUtf8 } from '../protocol/ber.js';
import { parseDn } from './dn.js';
import type { Rdn } from './dn.js';

/** What a syntax needs to know of the schema around it. */
export interface SchemaNames {
  isKnownClass(name: string): boolean;
  /** Whether the types exist and the values are values of theirs. */
  isValidName(rdns: readonly Rdn[]): boolean;
}

type Validator = (value: Buffer, names: SchemaNames) => boolean;

const RFC4517 = '1.3.6.1.4.1.1466.115.121.1';
export const INTEGER = `${RFC4517}.27`;
export const DN = `${RFC4517}.12`;

const anything: Validator = () => true;
const matching =
  (pattern: RegExp): Validator =>
  (value) =>
    pattern.test(value.toString('latin1'));

const directoryString: Validator = (value) => value.length > 0 && decodeUtf8(value) !== undefined;
const printable = matching(/^[A-Za-z0-9'()+,\-./:? =]+$/);
const printables = matching(/^[A-Za-z0-9'()+,\-./:? =]+(\$[A-Za-z0-9'()+,\-./:? =]+)*$/);
const name: Validator = (value, names) => isName(value, names);
const nameAndUid: Validator = (value, names) =>
  isName(Buffer.from(splitNameAndUid(value.toString()).name), names);

const validators: ReadonlyMap<string, Validator> = new Map([
  [`${RFC4517}.3`, directoryString], // Attribute Type Description
  [`${RFC4517}.4`, anything], // Audio
  [`${RFC4517}.5`, anything], // Binary
  [`${RFC4517}.6`, matching(/^'[01]*'B$/)], // Bit String
  [`${RFC4517}.7`, matching(/^(TRUE|FALSE)$/)], // Boolean
  [`${RFC4517}.11`, matching(/^[A-Za-z]{2}$/)], // Country String
  [DN, name],
  [`${RFC4517}.14`, printables], // Delivery Method
  [`${RFC4517}.15`, directoryString], // Directory String
  [`${RFC4517}.22`, printables], // Facsimile Telephone Number
  [`${RFC4517}.24`, matching(/^\d{10}(\d{2}(\d{2})?)?([.,]\d+)?(Z|[+-]\d{2}(\d{2})?)$/)], // Generalized Time
  [`${RFC4517}.26`, matching(/^[\0-\x7f]*$/)], // IA5 String
  [INTEGER, matching(/^(0|-?[1-9]\d*)$/)],
  [`${RFC4517}.28`, anything], // JPEG
  [`${RFC4517}.34`, nameAndUid], // Name and Optional UID
  [`${RFC4517}.36`, matching(/^[\d ]+$/)], // Numeric String
  [`${RFC4517}.37`, directoryString], // Object Class Description
  [`${RFC4517}.38`, (value, names) => isOid(value.toString(), names)],
  [`${RFC4517}.40`, anything], // Octet String
  [`${RFC4517}.41`, directoryString], // Postal Address
  [`${RFC4517}.44`, printable], // Printable String
  [`${RFC4517}.50`, printable], // Telephone Number
  [`${RFC4517}.52`, printables], // Telex Number
  ['1.3.6.1.1.16.1', matching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i)], // UUID, RFC 4530
  ['1.3.6.1.4.1.4203.666.11.2.1', matching(/^\d{14}\.\d{6}Z#[0-9a-f]{6}#[0-9a-f]{3}#[0-9a-f]{6}$/)], // CSN
]);

/** `no-validator`: nobody can tell, so no value is accepted. */
export function checkSyntax(
  syntax: string,
  value: Buffer,
  names: SchemaNames,
): 'valid' | 'invalid' | 'no-validator' {
  const validate = validators.get(syntax);
  if (validate === undefined) return 'no-validator';
  return validate(value, names) ? 'valid' : 'invalid';
}

/** The name, and the `#'0101'B` that may follow it (RFC 4517 §3.3.21). */
export function splitNameAndUid(text: string): { name: string; uid: string } {
  const uid = /#'[01]*'B$/.exec(text)?.[0] ?? '';
  return { name: text.slice(0, text.length - uid.length), uid };
}

function isName(value: Buffer, names: SchemaNames): boolean {
  const text = decodeUtf8(value);
  const rdns = text === undefined ? undefined : parseDn(text);
  return rdns !== undefined && names.isValidName(rdns);
}

function isOid(text: string, names: SchemaNames): boolean {
  return /^\d+(\.\d+)+$/.test(text) || names.isKnownClass(text);
}
