// A connected socket to a directory: TCP, then TLS as demanded. Certificates and host names are verified unless the
// caller says otherwise in so many words, and a refused StartTLS never falls back to clear text.
import { isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { ExtendedRequest } from 'ldapts';
import { type Dial, DialRefusedError } from '../dialer/index.js';
import { codeOf, wordsOf } from '../failures/index.js';
import { decodeAnswer } from './answer.js';
import { OID } from './controls.js';
import { directoryAddress } from './directory-address.js';
import { DirectoryConnectionError } from './directory-error.js';
import { encodeRequest } from './encode-request.js';
import { MessageReader } from './message-reader.js';
import { resultName } from './result-codes.js';

export interface SocketOptions {
  /** ldap:// or ldaps://, with host and port only. */
  readonly url: string;
  /** Turns an ldap:// connection into TLS before anything else is said. */
  readonly startTls: boolean;
  /** PEM; takes the place of the authorities that Node knows. */
  readonly caCertificate?: string | undefined;
  /** Takes any certificate: then whoever stands between can read along. */
  readonly acceptsAnyCertificate?: boolean;
  /** The guarded way out. */
  readonly dial: Dial;
}

export async function openSocket(options: SocketOptions, signal: AbortSignal): Promise<Socket> {
  const { host, port, isSecure } = directoryAddress(options.url);
  const socket = await dial(options, { host, port }, signal);
  try {
    if (options.startTls) await requestTls(socket, signal);
    if (isSecure || options.startTls) return await secure(socket, host, options, signal);
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

async function dial(
  { url, dial: connect }: SocketOptions,
  address: { readonly host: string; readonly port: number },
  signal: AbortSignal,
): Promise<Socket> {
  try {
    return await connect(address, signal);
  } catch (error) {
    if (error instanceof DialRefusedError) {
      throw new DirectoryConnectionError('refused', error.message, { cause: error });
    }
    throw signal.aborted ? ended(signal) : unreachable(url, error);
  }
}

async function secure(
  socket: Socket,
  host: string,
  options: SocketOptions,
  signal: AbortSignal,
): Promise<Socket> {
  const secured = connectTls({
    socket,
    host,
    // RFC 6066 §3: no address as server name; the certificate is then checked against `host`.
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(options.caCertificate === undefined ? {} : { ca: options.caCertificate }),
    minVersion: 'TLSv1.2',
    rejectUnauthorized: options.acceptsAnyCertificate !== true,
  });
  await happens(secured, 'secureConnect', signal, (error) => toTlsError(options.url, error));
  return secured;
}

/** The StartTLS exchange (RFC 4511 §4.14), in which not one byte more than its answer is accepted. */
async function requestTls(socket: Socket, signal: AbortSignal): Promise<void> {
  const reader = new MessageReader();
  socket.write(encodeRequest(new ExtendedRequest({ messageId: 1, oid: OID.startTls }), 0));
  let messages: Buffer[] = [];
  while (messages.length === 0) {
    messages = reader.push(await happens<Buffer>(socket, 'data', signal, brokenStartTls));
  }
  const [first] = messages;
  const answer = first === undefined ? undefined : decodeAnswer(first);
  if (answer?.kind !== 'result' || messages.length > 1 || !reader.isEmpty) {
    // Bytes sent in clear would otherwise be taken for part of the protected conversation.
    throw insecure('The server sent more than its answer before TLS began; the connection is not trusted.');
  }
  if (answer.code !== 0) {
    throw insecure(
      `The server refuses StartTLS: ${resultName(answer.code)} (${answer.code}) ${answer.diagnostic}`.trim() +
        '. Enable TLS on the server, or use an ldaps:// address.',
    );
  }
}

/** Waits for an event and what comes with it; an error, the other side's end and the signal end the wait. */
function happens<Value>(
  socket: Socket,
  event: string,
  signal: AbortSignal,
  toError: (error: unknown) => Error,
): Promise<Value> {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void): void => {
      socket.off(event, onEvent).off('error', onError).off('close', onClose);
      signal.removeEventListener('abort', onAbort);
      // Until somebody listens again, a late error must not be an uncaught one.
      socket.on('error', () => undefined);
      finish();
    };
    const onEvent = (value: Value): void => settle(() => resolve(value));
    const onError = (error: unknown): void => settle(() => reject(toError(error)));
    const onClose = (): void => onError(new Error('the server closed the connection'));
    const onAbort = (): void => settle(() => reject(ended(signal)));
    socket.once(event, onEvent).once('error', onError).once('close', onClose);
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
  });
}

function toTlsError(url: string, error: unknown): Error {
  // A connection that breaks says nothing about certificates.
  if (['ECONNRESET', 'EPIPE', 'ETIMEDOUT', ''].includes(codeOf(error))) return unreachable(url, error);
  return insecure(
    `The server's TLS cannot be trusted: ${wordsOf(error)}. ` +
      'Check the address and its certificate, or enter the certificate of its authority.',
    error,
  );
}

function brokenStartTls(error: unknown): DirectoryConnectionError {
  return insecure(`The connection broke during StartTLS: ${wordsOf(error)}.`, error);
}

function unreachable(url: string, error: unknown): DirectoryConnectionError {
  return new DirectoryConnectionError('unreachable', `${url} cannot be reached: ${wordsOf(error)}.`, {
    cause: error,
  });
}

function ended(signal: AbortSignal): DirectoryConnectionError {
  return new DirectoryConnectionError('ended', `Connecting was ended: ${wordsOf(signal.reason)}.`);
}

function insecure(message: string, cause?: unknown): DirectoryConnectionError {
  return new DirectoryConnectionError('insecure', message, { cause });
}
