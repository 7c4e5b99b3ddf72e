// What it takes to forge an access token: the real one, everything public, and keys of one's own.
import { createHmac, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { connect } from 'node:net';

export type Json = Record<string, unknown>;

interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export interface Material {
  readonly real: string;
  readonly header: Json & { readonly kid: string };
  readonly claims: Json & { readonly iat: number; readonly exp: number };
  /** The key that signs: what a forger does not have. It makes tokens that are wrong in one place only. */
  readonly key: KeyObject;
  readonly publicKey: KeyObject;
  readonly nextKid: string;
  /** Of a rotation whose overlap is over. */
  readonly expired: { readonly kid: string; readonly key: KeyObject };
  /** A key that was written into the table as it is. */
  readonly inserted: { readonly kid: string; readonly key: KeyObject };
  /** The name under which the sealed key was copied. */
  readonly copiedKid: string;
  readonly own: {
    readonly p256: KeyPair;
    readonly p384: KeyPair;
    readonly k256: KeyPair;
    readonly ed25519: KeyPair;
    readonly rsa: KeyPair;
  };
  readonly refreshToken: string;
  readonly otherOperatorId: string;
  readonly otherSessionId: string;
  readonly endedSessionId: string;
}

export function ownKeys(): Material['own'] {
  return {
    p256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    p384: generateKeyPairSync('ec', { namedCurve: 'P-384' }),
    k256: generateKeyPairSync('ec', { namedCurve: 'secp256k1' }),
    ed25519: generateKeyPairSync('ed25519'),
    rsa: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  };
}

/** The header and claims of a token, believed. */
export function partsOf(token: string): { header: Json; claims: Json } {
  const [header, claims] = token
    .split('.')
    .slice(0, 2)
    .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Json);
  return { header: header ?? {}, claims: claims ?? {} };
}

export const encode = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** What a token's signature is over. */
export const inputOf = (header: unknown, claims: unknown): string => `${encode(header)}.${encode(claims)}`;

/** The real token with some of its parts (0 header, 1 claims, 2 signature) replaced. */
export function withParts(token: string, parts: Readonly<Record<number, string>>): string {
  return token
    .split('.')
    .map((part, index) => parts[index] ?? part)
    .join('.');
}

export function signed(
  key: KeyObject,
  header: unknown,
  claims: unknown,
  {
    hash = 'sha256',
    encoding = 'ieee-p1363',
  }: { hash?: string | null; encoding?: 'ieee-p1363' | 'der' } = {},
): string {
  const input = inputOf(header, claims);
  const signature = sign(hash, Buffer.from(input), { key, dsaEncoding: encoding });
  return `${input}.${signature.toString('base64url')}`;
}

/** Signed with the real key, and wrong in what `change` says. */
export function resigned(
  { key, header, claims }: Material,
  change: { header?: Json; claims?: Json },
): string {
  return signed(key, { ...header, ...change.header }, { ...claims, ...change.claims });
}

/** The same, where the JSON text itself is wrong. */
export function resignedText(
  { key, header, claims }: Material,
  change: { header?: (text: string) => string; claims?: (text: string) => string },
): string {
  const same = (text: string): string => text;
  return signed(
    key,
    (change.header ?? same)(JSON.stringify(header)),
    (change.claims ?? same)(JSON.stringify(claims)),
  );
}

/** A token whose "signature" is made with something that everybody knows. */
export function hmac({ claims }: Material, secret: Buffer | string, header: Json, hash = 'sha256'): string {
  const input = inputOf(header, claims);
  return `${input}.${createHmac(hash, secret).update(input).digest('base64url')}`;
}

export const pemOf = (key: KeyObject): string => key.export({ type: 'spki', format: 'pem' }).toString();
export const derOf = (key: KeyObject): Buffer => key.export({ type: 'spki', format: 'der' });
export const jwkOf = (key: KeyObject): Json => createPublicKey(pemOf(key)).export({ format: 'jwk' });

/** The status and body of a request written by hand: fetch does not send what a forger would. */
export function requestByHand(
  url: string,
  lines: readonly string[],
  body = '',
): Promise<{ readonly status: number; readonly text: string }> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    let text = '';
    const head = [...lines, `Host: ${hostname}`, `Content-Length: ${body.length}`, 'Connection: close'];
    socket
      .setEncoding('utf8')
      .on('data', (chunk: string) => (text += chunk))
      .on('error', reject)
      .on('end', () => resolve({ status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]), text }))
      .end(`${head.join('\r\n')}\r\n\r\n${body}`);
  });
}
