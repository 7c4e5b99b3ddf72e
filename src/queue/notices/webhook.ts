// Posts one notice: over the guarded dialer, to the address of the configuration and nowhere else, within a deadline.
import { once } from 'node:events';
import { type IncomingMessage, request as sendRequest } from 'node:http';
import { isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock/index.js';
import { ConfigurationError } from '../../platform/config/index.js';
import { Dialer } from '../../platform/dialer/index.js';
import { withDeadline } from '../../platform/failures/index.js';
import type { Secret } from '../../platform/logging/index.js';
import type { Answer } from './delivery.js';
import type { NoticeDocument } from './notice-document.js';
import { noticeSettings, type NoticeSettings } from './notice.config.js';
import { signNotice } from './sign-notice.js';

const DEADLINE_MS = 10_000;
const LONGEST_RETRY_AFTER_SECONDS = 86_400;

interface Receiver {
  readonly url: URL;
  readonly secret: Secret;
}

@Injectable()
export class Webhook {
  readonly #receiver: Receiver | undefined;

  /** @throws ConfigurationError when notices would go out unsigned */
  constructor(
    @Inject(noticeSettings.token) { url, secret }: NoticeSettings,
    private readonly dialer: Dialer,
    private readonly clock: Clock,
  ) {
    if (url === undefined) return;
    if (secret === undefined) {
      throw new ConfigurationError([
        'PROVOST_NOTICE_SECRET: must be set with PROVOST_NOTICE_URL, or the receiver cannot tell whose a notice is.',
      ]);
    }
    this.#receiver = { url: new URL(url), secret };
  }

  get isConfigured(): boolean {
    return this.#receiver !== undefined;
  }

  /** @throws DialRefusedError, or what kept the answer away */
  post(notice: NoticeDocument, signal: AbortSignal): Promise<Answer> {
    const receiver = this.#receiver;
    if (receiver === undefined) throw new Error('No receiver of notices is configured.');
    return withDeadline(signal, DEADLINE_MS, async (limit) => {
      const socket = await this.#connect(receiver.url, limit);
      try {
        return answerOf(await this.#exchange(receiver, notice, socket, limit));
      } finally {
        socket.destroy();
      }
    });
  }

  async #connect({ protocol, hostname, port }: URL, signal: AbortSignal): Promise<Socket> {
    const host = hostname.replace(/^\[(.*)\]$/, '$1');
    const isSecure = protocol === 'https:';
    const address = { host, port: Number(port || (isSecure ? 443 : 80)) };
    const socket = await this.dialer.connect(
      { ...address, purpose: 'webhook', staysLocal: !isSecure },
      signal,
    );
    if (!isSecure) return socket;
    const secured = connectTls({
      socket,
      host,
      // RFC 6066 §3: no address as server name; the certificate is then checked against `host`.
      ...(isIP(host) === 0 ? { servername: host } : {}),
      minVersion: 'TLSv1.2',
    });
    try {
      await once(secured, 'secureConnect', { signal });
      return secured;
    } catch (error) {
      socket.destroy();
      throw error;
    }
  }

  async #exchange(
    { url, secret }: Receiver,
    notice: NoticeDocument,
    socket: Socket,
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    const body = JSON.stringify(notice);
    const timestamp = String(Math.floor(this.clock.now().getTime() / 1_000));
    const request = sendRequest({
      createConnection: () => socket,
      method: 'POST',
      path: `${url.pathname}${url.search}`,
      headers: {
        host: url.host,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        connection: 'close',
        'provost-event-id': notice.id,
        'provost-timestamp': timestamp,
        'provost-signature': `v1=${signNotice(secret, timestamp, body)}`,
      },
      signal,
    });
    const answered = once(request, 'response') as Promise<[IncomingMessage]>;
    request.end(body);
    const [response] = await answered;
    // The socket is destroyed under it: what its body says is not read.
    response.on('error', () => undefined);
    request.on('error', () => undefined);
    return response;
  }
}

function answerOf({ statusCode = 0, headers }: IncomingMessage): Answer {
  const seconds = /^\d{1,6}$/.test(headers['retry-after'] ?? '') ? Number(headers['retry-after']) : undefined;
  return {
    status: statusCode,
    retryAfterMs: seconds === undefined ? undefined : Math.min(seconds, LONGEST_RETRY_AFTER_SECONDS) * 1_000,
  };
}
