/** An attribute description of RFC 4512 §1.4 without options: a short name or a dotted number. */
const attributeType = /^(?:[A-Za-z][A-Za-z0-9-]*|[0-9]+(?:\.[0-9]+)+)$/u;

/** `attribute=value` with the value escaped as RFC 4514 §2.4 wants it. Throws on an empty value, a NUL or a bad attribute. */
export function toRelativeName(attribute: string, value: string): string {
  if (!attributeType.test(attribute))
    throw new Error(
      `rdn: “${attribute.slice(0, 50)}” is not an attribute name. Use a name such as cn or uid.`,
    );
  if (value === '') throw new Error(`rdn: the value of ${attribute} is empty. Use default(value, fallback).`);
  if (value.includes('\0'))
    throw new Error(`rdn: the value of ${attribute} contains a NUL character. Correct the value.`);
  const escaped = value.replace(/[\\"+,;<>=]/gu, '\\$&').replace(/^[ #]| $/gu, '\\$&');
  return `${attribute}=${escaped}`;
}
