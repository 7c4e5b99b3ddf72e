// A connected socket to a directory: TCP, then TLS as demanded. Certificates and host names are always verified,
// and a refused StartTLS never falls back to clear text.
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { ExtendedRequest } from 'ldapts';
import { decodeAnswer } from './answer.js';
import { OID } from './controls.js';
import { codeOf, DirectoryConnectionError, wordsOf } from './directory-error.js';
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
}

const KEEP_ALIVE_MS = 30_000;

export async function openSocket(options: SocketOptions, signal: AbortSignal): Promise<Socket> {
  const url = new URL(options.url);
  const isSecure = url.protocol === 'ldaps:';
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = url.port === '' ? (isSecure ? 636 : 389) : Number(url.port);
  const socket = connectTcp({
    host,
    port,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_MS,
  });
  try {
    await happens(socket, 'connect', signal, (error) => unreachable(options.url, error));
    if (options.startTls) await requestTls(socket, signal);
    if (isSecure || options.startTls) return await secure(socket, host, options, signal);
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
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
    rejectUnauthorized: true,
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
    const onAbort = (): void =>
      settle(() =>
        reject(new DirectoryConnectionError('ended', `Connecting was ended: ${wordsOf(signal.reason)}.`)),
      );
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

function insecure(message: string, cause?: unknown): DirectoryConnectionError {
  return new DirectoryConnectionError('insecure', message, { cause });
}
