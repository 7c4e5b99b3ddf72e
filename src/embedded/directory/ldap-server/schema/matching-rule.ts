// How values are compared (RFC 4517 §4.2): every rule brings a value into a form in which equal values
// are the same text. Preparation is that of OpenLDAP: NFKC, one space where several stand.
import { decodeUtf8 } from '../protocol/ber.js';
import { parseDn } from './dn.js';
import type { Rdn } from './dn.js';
import { splitNameAndUid } from './syntax.js';

/** What a rule needs to know of the schema around it. */
export interface NameNormaliser {
  /** Undefined when a type is unknown or a value is none of its type. */
  normaliseName(rdns: readonly Rdn[]): string | undefined;
  classOid(name: string): string | undefined;
}

type Normalise = (text: string, names: NameNormaliser) => string | undefined;

const prepare = (text: string): string => text.normalize('NFKC').replaceAll(/ +/g, ' ');
// toLowerCase writes a sigma at the end of a word differently; folding must not depend on what follows.
const fold = (text: string): string => prepare(text.normalize('NFKC').toLowerCase().replaceAll('ς', 'σ'));
const trim = (text: string): string => text.replaceAll(/^ | $/g, '');

const ignoreCase: Normalise = (text) => trim(fold(text));
const exactCase: Normalise = (text) => trim(prepare(text));
const telephone: Normalise = (text) => text.replaceAll(/[ -]/g, '').toLowerCase();
const digits: Normalise = (text) => text.replaceAll(' ', '');
const name: Normalise = (text, names) => {
  const rdns = parseDn(text);
  return rdns && names.normaliseName(rdns);
};
const nameAndUid: Normalise = (text, names) => {
  const parts = splitNameAndUid(text);
  const key = name(parts.name, names);
  return key && `${key}${parts.uid}`;
};
const identifier: Normalise = (text, names) => names.classOid(text) ?? oid(text);
const same: Normalise = (text) => text;

const equality: ReadonlyMap<string, Normalise> = new Map([
  ['bitStringMatch', same],
  ['booleanMatch', same],
  ['caseExactIA5Match', exactCase],
  ['caseExactMatch', exactCase],
  ['caseIgnoreIA5Match', ignoreCase],
  ['caseIgnoreListMatch', ignoreCase],
  ['caseIgnoreMatch', ignoreCase],
  ['CSNMatch', same],
  ['distinguishedNameMatch', name],
  ['generalizedTimeMatch', same],
  ['integerMatch', same],
  ['numericStringMatch', digits],
  ['objectIdentifierMatch', identifier],
  ['telephoneNumberMatch', telephone],
  ['uniqueMemberMatch', nameAndUid],
  ['UUIDMatch', (text) => text.toLowerCase()],
]);

const BINARY_RULE = 'octetStringMatch';

/** Whether `rule` is one this server can evaluate. */
export function isKnownEquality(rule: string | undefined): rule is string {
  return rule !== undefined && (rule === BINARY_RULE || equality.has(rule));
}

/**
 * The form in which values equal under the rule are the same text; undefined when the value cannot be
 * brought into it. The value has the syntax of its attribute already.
 */
export function normaliseForEquality(rule: string, value: Buffer, names: NameNormaliser): string | undefined {
  if (rule === BINARY_RULE) return value.toString('latin1');
  const text = decodeUtf8(value);
  return text === undefined ? undefined : equality.get(rule)?.(text, names);
}

type Compare = (left: string, right: string) => number;

const byText: Compare = (left, right) => (left < right ? -1 : left > right ? 1 : 0);
const byNumber: Compare = (left, right) => {
  const difference = BigInt(left) - BigInt(right);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
};

const orderings: ReadonlyMap<string, Compare> = new Map([
  ['integerOrderingMatch', byNumber],
  ['generalizedTimeOrderingMatch', byText],
  ['CSNOrderingMatch', byText],
  ['UUIDOrderingMatch', byText],
  ['caseIgnoreOrderingMatch', byText],
  ['numericStringOrderingMatch', byText],
]);

/** How normalised values are ordered; undefined when the attribute has no order. */
export function orderingOf(rule: string | undefined): Compare | undefined {
  return rule === undefined ? undefined : orderings.get(rule);
}

const substring: ReadonlyMap<string, (text: string) => string> = new Map([
  ['caseIgnoreSubstringsMatch', fold],
  ['caseIgnoreListSubstringsMatch', fold],
  ['caseIgnoreIA5SubstringsMatch', fold],
  ['caseExactSubstringsMatch', prepare],
  ['caseExactIA5SubstringsMatch', prepare],
  ['numericStringSubstringsMatch', (text) => text.replaceAll(' ', '')],
  ['telephoneNumberSubstringsMatch', (text) => text.replaceAll(/[ -]/g, '').toLowerCase()],
]);

/** How a piece of a substring filter is prepared; undefined when the attribute has no such filter. */
export function substringPreparation(rule: string | undefined): ((text: string) => string) | undefined {
  return rule === undefined ? undefined : substring.get(rule);
}

function oid(text: string): string | undefined {
  return /^\d+(\.\d+)+$/.test(text) ? text : undefined;
}
