// One client's connection: bytes to requests, results to bytes. Requests are taken one after the other;
// only the wait for the disk overlaps, so that pipelined writes share one synchronisation.
import type { Socket } from 'node:net';
import { messageOf } from '../../process/index.js';
import { anonymous } from './access.js';
import type { Identity } from './access.js';
import type { Directory } from './directory.js';
import { BerError } from './protocol/ber.js';
import { readRequestControls } from './protocol/controls.js';
import type { RequestControls } from './protocol/controls.js';
import { MessageSplitter } from './protocol/message-splitter.js';
import { readMessage } from './protocol/request.js';
import type { BindRequest, LdapMessage, LdapRequest, SearchRequest } from './protocol/request.js';
import { writeEntry, writeNoticeOfDisconnection, writeResult } from './protocol/response.js';
import type { LdapResult } from './protocol/response.js';
import { LdapFailure, ResultCode } from './protocol/result.js';
import type { Session } from './search.js';
import { WHO_AM_I } from './server-description.js';

/** The largest message in bytes, before and after a login. */
const ANONYMOUS_LIMIT = 256 * 1024;
const LIMIT = 16 * 1024 * 1024;
/** Writes that may wait for the disk before the next request is taken. */
const MOST_WRITES_WAITING = 512;
/** Entries are handed to the socket in portions of about this many bytes. */
const PORTION = 64 * 1024;

/** A request that has an answer. */
type Question = Exclude<LdapRequest, { kind: 'unbind' } | { kind: 'abandon' }>;

export class Connection {
  readonly #session: Session = { identity: anonymous, pages: 0n };
  readonly #splitter = new MessageSplitter(ANONYMOUS_LIMIT);
  readonly #writesWaiting = new Set<Promise<void>>();

  constructor(
    private readonly socket: Socket,
    private readonly directory: Directory,
    private readonly log: (message: string) => void,
  ) {
    // A client that goes away is no fault; the loop in `serve` ends by itself.
    socket.on('error', () => undefined);
  }

  /** Serves until the client leaves, is cut off, or sends what is not LDAP; never rejects. */
  async serve(): Promise<void> {
    try {
      for await (const chunk of this.socket.iterator({ destroyOnReturn: false })) {
        for (const bytes of this.#splitter.push(chunk as Buffer)) {
          const message = readMessage(bytes);
          if (message.request.kind === 'unbind' || this.socket.destroyed) return void this.socket.destroy();
          await this.#take(message);
        }
      }
      await Promise.all(this.#writesWaiting);
      this.socket.end();
    } catch (error) {
      if (!(error instanceof BerError)) return void this.socket.destroy();
      this.socket.end(writeNoticeOfDisconnection(error.message), () => this.socket.destroy());
    }
  }

  async #take({ id, request, controls }: LdapMessage): Promise<void> {
    // An abandoned request may be answered all the same (RFC 4511 §4.11).
    if (request.kind === 'unbind' || request.kind === 'abandon') return;
    if (request.kind === 'bind') {
      await Promise.all(this.#writesWaiting);
      // A bind that fails, for whatever reason, leaves the connection anonymous (RFC 4511 §4.2.1).
      this.#become(anonymous);
    }
    const answered = this.#perform(id, request, controls).then((result) =>
      this.#send(writeResult(id, request.kind, result)),
    );
    if (!isWrite(request)) return answered;
    this.#writesWaiting.add(answered);
    void answered.finally(() => this.#writesWaiting.delete(answered));
    if (this.#writesWaiting.size >= MOST_WRITES_WAITING) await Promise.all(this.#writesWaiting);
  }

  async #perform(id: number, request: Question, controls: LdapMessage['controls']): Promise<LdapResult> {
    try {
      const wanted = readRequestControls(request.kind, controls);
      const { identity } = this.#session;
      switch (request.kind) {
        case 'bind':
          return this.#bind(request);
        case 'search':
          return await this.#search(id, request, wanted);
        case 'compare':
          return this.directory.compare(request, wanted, identity);
        case 'extended':
          return this.#extended(request.oid);
        default:
          return await this.directory.write(request, wanted, identity);
      }
    } catch (error) {
      return this.#toResult(request, error);
    }
  }

  #bind(request: BindRequest): LdapResult {
    this.#become(this.directory.bind(request));
    return { code: ResultCode.success };
  }

  #become(identity: Identity): void {
    this.#session.identity = identity;
    this.#splitter.limit = identity.kind === 'anonymous' ? ANONYMOUS_LIMIT : LIMIT;
  }

  async #search(id: number, request: SearchRequest, controls: RequestControls): Promise<LdapResult> {
    const found = this.directory.search(request, controls, this.#session);
    let portion: Buffer[] = [];
    let size = 0;
    for (;;) {
      const step = found.next();
      if (step.done || size > PORTION) {
        await this.#send(Buffer.concat(portion));
        portion = [];
        size = 0;
      }
      if (step.done) return step.value;
      const bytes = writeEntry(id, step.value);
      portion.push(bytes);
      size += bytes.length;
    }
  }

  #extended(oid: string): LdapResult {
    if (oid !== WHO_AM_I) throw new LdapFailure(ResultCode.protocolError, 'unsupported extended operation');
    const { identity } = this.#session;
    return { code: ResultCode.success, value: identity.kind === 'anonymous' ? '' : `dn:${identity.dn}` };
  }

  #toResult(request: Question, error: unknown): LdapResult {
    if (error instanceof LdapFailure) {
      return { code: error.code, message: error.message, matchedDn: error.matchedDn };
    }
    // Nothing of the request itself: it may hold a password.
    this.log(`The built-in LDAP server failed at a ${request.kind} request: ${messageOf(error)}`);
    return { code: ResultCode.other, message: 'internal error; the log of the server says more' };
  }

  /** Resolves when the socket takes more, or never will again. */
  async #send(bytes: Buffer): Promise<void> {
    const { socket } = this;
    if (!socket.writable || socket.write(bytes)) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        socket.off('drain', done).off('close', done);
        resolve();
      };
      socket.on('drain', done).on('close', done);
    });
  }
}

function isWrite({ kind }: Question): boolean {
  return kind === 'add' || kind === 'modify' || kind === 'delete' || kind === 'rename';
}
