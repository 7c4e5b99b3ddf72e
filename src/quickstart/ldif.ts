// An object as LDIF (RFC 2849), for people to read: what is not plain ASCII is shown as text in a comment too.
import type { ConnectorObject } from '../provisioning/index.js';

// oxlint-disable-next-line no-control-regex -- RFC 2849 SAFE-STRING excludes control characters
const SAFE = /^(?![ :<])[\u0001-\u0009\u000b\u000c\u000e-\u007f]*$/;
const WIDTH = 76;
const LONGEST_BINARY_LINES = 2;

export function toLdif(object: ConnectorObject): string {
  const attributes = Object.entries(object.attributes).flatMap(([name, values]) =>
    values.map((value) => toLine(name, value)),
  );
  return [toLine('dn', object.identifier), ...attributes].join('\n');
}

function toLine(name: string, value: string | Uint8Array): string {
  if (typeof value === 'string' && SAFE.test(value) && !value.endsWith(' ')) return fold(`${name}: ${value}`);
  const encoded = fold(`${name}:: ${Buffer.from(value).toString('base64')}`);
  if (typeof value === 'string') return `# ${name}: ${value.replace(/[\r\n]/g, ' ')}\n${encoded}`;
  const lines = encoded.split('\n');
  return `# ${name}: ${value.length} bytes; the first of them\n${lines.slice(0, LONGEST_BINARY_LINES).join('\n')}`;
}

function fold(line: string): string {
  const [first = '', ...rest] = line.match(new RegExp(`^.{1,${WIDTH}}|.{1,${WIDTH - 1}}`, 'gs')) ?? [];
  return [first, ...rest.map((part) => ` ${part}`)].join('\n');
}
