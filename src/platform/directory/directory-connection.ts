// One authenticated connection: one socket, one bind, one request at a time. It never reconnects: a connection that
// ended stays ended, so no request can ever run anonymously. ldapts gives the requests, not its client, for that reason.
import type { Socket } from 'node:net';
import {
  AddRequest,
  Attribute,
  BindRequest,
  Change,
  type Control,
  DeleteRequest,
  ExtendedRequest,
  type Filter,
  ModifyDNRequest,
  ModifyRequest,
  SearchRequest,
  UnbindRequest,
} from 'ldapts';
import type { Secret } from '../logging/index.js';
import { type Answer, ANSWER_TAG, type DirectoryEntry, decodeAnswer, type ResultAnswer } from './answer.js';
import { malformed } from './ber.js';
import { OID } from './controls.js';
import {
  DirectoryConnectionError,
  type DirectoryOperation,
  DirectoryResultError,
  wordsOf,
} from './directory-error.js';
import { encodeRequest, type RequestMessage, sizeOf } from './encode-request.js';
import { MessageReader } from './message-reader.js';
import { openSocket, type SocketOptions } from './socket.js';

export interface ConnectionOptions extends SocketOptions {
  readonly bindDn: string;
  readonly password: Secret;
}

export interface DirectoryAttribute {
  readonly type: string;
  readonly values: readonly (Buffer | string)[];
}

export interface DirectoryChange extends DirectoryAttribute {
  /** `delete` without values removes the whole attribute. */
  readonly operation: 'add' | 'delete' | 'replace';
}

export interface DirectorySearch {
  readonly base: string;
  readonly scope: 'base' | 'one' | 'sub';
  readonly filter: Filter;
  /** Exactly these; none asks for none. */
  readonly attributes: readonly string[];
  /** The server answers sizeLimitExceeded beyond it. */
  readonly sizeLimit?: number;
  readonly controls?: readonly Control[];
}

export interface SearchAnswer {
  readonly entries: readonly DirectoryEntry[];
  /** Where the server says that other parts of the answer are; they are never followed. */
  readonly references: readonly string[];
  readonly controls: ReadonlyMap<string, Buffer>;
}

/** Values of response controls by OID. */
export type ResponseControls = ReadonlyMap<string, Buffer>;

/** What one answer may hold before it is refused: a server that does not page must fit. */
const MOST_ENTRIES = 200_000;
const MOST_BYTES = 256 * 1024 * 1024;
/** RFC 4511 §4.5.1.8: the list that asks for no attribute. */
const NO_ATTRIBUTES = ['1.1'];
const UNSOLICITED = 0;

interface Exchange {
  readonly message: RequestMessage;
  readonly expectedTag: number;
  readonly entries: DirectoryEntry[];
  readonly references: string[];
  bytes: number;
  readonly resolve: (answer: ResultAnswer) => void;
  readonly reject: (error: Error) => void;
}

export class DirectoryConnection {
  /** Who the server says we are: an authorization identity (`dn:…`), or the bind DN where it cannot tell. */
  boundAs = '';
  readonly #socket: Socket;
  readonly #reader = new MessageReader();
  #exchange: Exchange | undefined;
  #lastId = 1;
  #isOpen = true;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', (error) => this.#fail(lost(wordsOf(error))));
    socket.on('close', () => this.#fail(lost('the server closed the connection')));
  }

  /** Connects, secures, binds, and makes sure that the server knows who we are. */
  static async open(options: ConnectionOptions, signal: AbortSignal): Promise<DirectoryConnection> {
    const password = options.password.reveal();
    // RFC 4513 §5.1.2: a name with an empty password is an anonymous bind that "succeeds".
    if (password.trim() === '') {
      throw new DirectoryConnectionError(
        'anonymous',
        'The password is empty. Enter the password of the bind DN.',
      );
    }
    const connection = new DirectoryConnection(await openSocket(options, signal));
    try {
      await connection.#bind(options.bindDn, password, signal);
      return connection;
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  async add(
    dn: string,
    attributes: readonly DirectoryAttribute[],
    controls: readonly Control[],
    signal: AbortSignal,
  ): Promise<ResponseControls> {
    const request = new AddRequest({
      ...this.#next(controls),
      dn,
      attributes: attributes.map(toAttribute),
    });
    return this.#change('add', request, ANSWER_TAG.add, sizeOf(attributes) + Buffer.byteLength(dn), signal);
  }

  async modify(
    dn: string,
    changes: readonly DirectoryChange[],
    controls: readonly Control[],
    signal: AbortSignal,
  ): Promise<ResponseControls> {
    const request = new ModifyRequest({
      ...this.#next(controls),
      dn,
      changes: changes.map((one) => new Change({ operation: one.operation, modification: toAttribute(one) })),
    });
    return this.#change(
      'modify',
      request,
      ANSWER_TAG.modify,
      sizeOf(changes) + Buffer.byteLength(dn),
      signal,
    );
  }

  /** @param newSuperior the DN of another parent; undefined keeps the parent. The old name's values are removed. */
  async rename(
    dn: string,
    newRdn: string,
    newSuperior: string | undefined,
    controls: readonly Control[],
    signal: AbortSignal,
  ): Promise<ResponseControls> {
    const request = new ModifyDNRequest({
      ...this.#next(controls),
      dn,
      newRdn,
      deleteOldRdn: true,
      ...(newSuperior === undefined ? {} : { newSuperior }),
    });
    const bytes = Buffer.byteLength(dn + newRdn + (newSuperior ?? ''));
    return this.#change('rename', request, ANSWER_TAG.rename, bytes, signal);
  }

  async delete(dn: string, controls: readonly Control[], signal: AbortSignal): Promise<ResponseControls> {
    const request = new DeleteRequest({ ...this.#next(controls), dn });
    return this.#change('delete', request, ANSWER_TAG.delete, Buffer.byteLength(dn), signal);
  }

  async search(search: DirectorySearch, signal: AbortSignal): Promise<SearchAnswer> {
    const request = new SearchRequest({
      ...this.#next(search.controls ?? []),
      baseDN: search.base,
      scope: search.scope,
      filter: search.filter,
      attributes: search.attributes.length === 0 ? NO_ATTRIBUTES : [...search.attributes],
      sizeLimit: search.sizeLimit ?? 0,
      // The caller's signal is the limit; ldapts' own default would cut long searches off.
      timeLimit: 0,
    });
    const entries: DirectoryEntry[] = [];
    const references: string[] = [];
    const bytes = sizeOf([
      { type: search.base, values: [...search.attributes, search.filter.toString().repeat(2)] },
    ]);
    const answer = await this.#exchangeFor(
      request,
      ANSWER_TAG.search,
      bytes,
      signal,
      'none',
      entries,
      references,
    );
    if (answer.code !== 0) throw toResultError('search', answer);
    return { entries, references, controls: answer.controls };
  }

  /** The authorization identity of this connection (RFC 4532); empty when it is anonymous. */
  async whoAmI(signal: AbortSignal): Promise<string> {
    const request = new ExtendedRequest({ ...this.#next([]), oid: OID.whoAmI });
    const answer = await this.#exchangeFor(request, ANSWER_TAG.extended, 0, signal, 'none');
    if (answer.code !== 0) throw toResultError('extended', answer);
    return answer.value?.toString() ?? '';
  }

  /** Says goodbye and ends the connection. A request in progress fails. */
  close(): void {
    if (this.#isOpen && this.#exchange === undefined) {
      this.#isOpen = false;
      this.#socket.write(encodeRequest(new UnbindRequest(this.#next([])), 0));
      this.#socket.destroySoon();
    } else {
      this.#fail(lost('the connection was closed'));
    }
  }

  async #bind(dn: string, password: string, signal: AbortSignal): Promise<void> {
    const request = new BindRequest({ ...this.#next([]), dn, password });
    const bytes = Buffer.byteLength(dn) + Buffer.byteLength(password);
    const answer = await this.#exchangeFor(request, ANSWER_TAG.bind, bytes, signal, 'none');
    if (answer.code !== 0) {
      // A server that repeats the password must not bring it into a message.
      throw toResultError('bind', {
        ...answer,
        diagnostic: answer.diagnostic.replaceAll(password, '[secret]'),
      });
    }
    this.boundAs = await this.#identity(dn, signal);
  }

  async #identity(dn: string, signal: AbortSignal): Promise<string> {
    let identity: string;
    try {
      identity = await this.whoAmI(signal);
    } catch (error) {
      // A server without this operation: the bind's success has to do.
      if (error instanceof DirectoryResultError) return `dn:${dn}`;
      throw error;
    }
    if (identity === '') {
      throw new DirectoryConnectionError(
        'anonymous',
        'The server accepted the password but treats the connection as anonymous. Check the bind DN and its password.',
      );
    }
    return identity;
  }

  #next(controls: readonly Control[]): { messageId: number; controls: Control[] } {
    this.#lastId += 1;
    return { messageId: this.#lastId, controls: [...controls] };
  }

  async #change(
    operation: DirectoryOperation,
    message: RequestMessage,
    expectedTag: number,
    bytes: number,
    signal: AbortSignal,
  ): Promise<ResponseControls> {
    const answer = await this.#exchangeFor(message, expectedTag, bytes, signal, 'unknown');
    if (answer.code !== 0) throw toResultError(operation, answer);
    return answer.controls;
  }

  /** @param effect what is known about the effect when the request was sent and no answer came */
  async #exchangeFor(
    message: RequestMessage,
    expectedTag: number,
    payloadBytes: number,
    signal: AbortSignal,
    effect: 'none' | 'unknown',
    entries: DirectoryEntry[] = [],
    references: string[] = [],
  ): Promise<ResultAnswer> {
    if (this.#exchange !== undefined) throw new Error('A directory connection takes one request at a time.');
    if (signal.aborted) throw ended(signal);
    if (!this.#isOpen) throw lost('the connection had ended before');
    const bytes = encodeRequest(message, payloadBytes);
    const onAbort = (): void => this.#fail(ended(signal));
    signal.addEventListener('abort', onAbort);
    try {
      return await new Promise<ResultAnswer>((resolve, reject) => {
        this.#exchange = { message, expectedTag, entries, references, bytes: 0, resolve, reject };
        this.#socket.write(bytes);
      });
    } catch (error) {
      if (!(error instanceof DirectoryConnectionError)) throw error;
      throw new DirectoryConnectionError(error.failure, error.message, { effect, cause: error.cause });
    } finally {
      this.#exchange = undefined;
      signal.removeEventListener('abort', onAbort);
    }
  }

  #receive(chunk: Buffer): void {
    try {
      for (const message of this.#reader.push(chunk)) this.#take(decodeAnswer(message), message.length);
    } catch (error) {
      this.#fail(error instanceof DirectoryConnectionError ? error : malformed(wordsOf(error)));
    }
  }

  #take(answer: Answer, bytes: number): void {
    if (answer.messageId === UNSOLICITED) {
      throw lost(
        answer.kind === 'result' && answer.diagnostic !== '' ? answer.diagnostic : 'the server said goodbye',
      );
    }
    const exchange = this.#exchange;
    if (answer.messageId !== exchange?.message.messageId) throw malformed('an answer that nobody asked for');
    exchange.bytes += bytes;
    if (answer.kind === 'result') {
      if (answer.tag !== exchange.expectedTag) throw malformed('the answer to another kind of request');
      this.#exchange = undefined;
      exchange.resolve(answer);
      return;
    }
    if (exchange.expectedTag !== ANSWER_TAG.search) throw malformed('an entry that nobody searched for');
    if (answer.kind === 'entry') exchange.entries.push(answer.entry);
    else exchange.references.push(...answer.urls);
    if (exchange.entries.length + exchange.references.length > MOST_ENTRIES || exchange.bytes > MOST_BYTES) {
      throw malformed(`one answer of more than ${MOST_ENTRIES} entries or ${MOST_BYTES / 1024 / 1024} MiB`);
    }
  }

  #fail(error: DirectoryConnectionError): void {
    this.#isOpen = false;
    this.#socket.destroy();
    this.#exchange?.reject(error);
  }
}

function toAttribute({ type, values }: DirectoryAttribute): Attribute {
  // ldapts writes a mixed list correctly; only its type does not say so.
  return new Attribute({ type, values: [...values] as Buffer[] });
}

function toResultError(operation: DirectoryOperation, answer: ResultAnswer): DirectoryResultError {
  return new DirectoryResultError(operation, answer.code, answer.diagnostic, answer.matchedDn);
}

function lost(reason: string): DirectoryConnectionError {
  return new DirectoryConnectionError('lost', `The connection to the directory was lost: ${reason}.`);
}

function ended(signal: AbortSignal): DirectoryConnectionError {
  return new DirectoryConnectionError('ended', `The call was ended: ${wordsOf(signal.reason)}.`);
}
