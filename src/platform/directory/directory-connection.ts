// One authenticated connection: one bind, then typed operations. It never reconnects, so no request can ever run
// anonymously: for that reason ldapts gives the requests here, and not its client.
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
} from 'ldapts';
import type { Secret } from '../logging/index.js';
import { ANSWER_TAG, type DirectoryEntry, type ResultAnswer } from './answer.js';
import { OID } from './controls.js';
import { DirectoryChannel } from './directory-channel.js';
import {
  DirectoryConnectionError,
  type DirectoryOperation,
  DirectoryResultError,
} from './directory-error.js';
import { canonicalDn } from './dn.js';
import { type RequestMessage, sizeOf } from './encode-request.js';
import { openSocket, type SocketOptions } from './socket.js';

export interface ConnectionOptions extends SocketOptions {
  readonly bindDn: string;
  readonly password: Secret;
  /** Called when the password is about to leave: from then on the server may have compared it. */
  readonly beforeBind?: () => void;
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
  /** Exactly these; an empty list asks for none. */
  readonly attributes: readonly string[];
  /** The server answers sizeLimitExceeded beyond it. */
  readonly sizeLimit?: number;
  readonly controls?: readonly Control[];
}

/** Values of response controls by OID. */
export type ResponseControls = ReadonlyMap<string, Buffer>;

export interface SearchAnswer {
  readonly entries: readonly DirectoryEntry[];
  /** Where the server says that other parts of the answer are; they are never followed. */
  readonly references: readonly string[];
  readonly controls: ResponseControls;
}

/** RFC 4511 §4.5.1.8: the list that asks for no attribute. */
const NO_ATTRIBUTES = ['1.1'];
const NO_PAYLOAD = 0;

export class DirectoryConnection {
  readonly #channel: DirectoryChannel;
  #boundAs = '';

  private constructor(channel: DirectoryChannel) {
    this.#channel = channel;
  }

  /** Connects, secures, binds, and makes sure that the server knows who we are. */
  static async open(options: ConnectionOptions, signal: AbortSignal): Promise<DirectoryConnection> {
    const password = options.password.reveal();
    // RFC 4513 §5.1.2: a name with an empty password is an anonymous bind, and it "succeeds".
    if (password.trim() === '') {
      throw new DirectoryConnectionError('anonymous', 'The password is empty. Enter the bind DN’s password.');
    }
    const connection = new DirectoryConnection(new DirectoryChannel(await openSocket(options, signal)));
    try {
      options.beforeBind?.();
      await connection.#bind(options.bindDn, password, signal);
      return connection;
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  get isOpen(): boolean {
    return this.#channel.isOpen;
  }

  /** Who the server says we are: an authorization identity (`dn:…`), or the bind DN where it cannot tell. */
  get boundAs(): string {
    return this.#boundAs;
  }

  async add(
    dn: string,
    attributes: readonly DirectoryAttribute[],
    controls: readonly Control[],
    signal: AbortSignal,
  ): Promise<ResponseControls> {
    const header = this.#channel.nextHeader(controls);
    const message = new AddRequest({
      ...header,
      dn: canonicalDn(dn),
      attributes: attributes.map(toAttribute),
    });
    return this.#change('add', message, sizeOf(dn, attributes), signal);
  }

  async modify(
    dn: string,
    changes: readonly DirectoryChange[],
    controls: readonly Control[],
    signal: AbortSignal,
  ): Promise<ResponseControls> {
    const list = changes.map(
      (one) => new Change({ operation: one.operation, modification: toAttribute(one) }),
    );
    const header = this.#channel.nextHeader(controls);
    const message = new ModifyRequest({ ...header, dn: canonicalDn(dn), changes: list });
    return this.#change('modify', message, sizeOf(dn, changes), signal);
  }

  /** @param newSuperior the DN of another parent; undefined keeps the parent. The old name's values are removed. */
  async rename(
    dn: string,
    newRdn: string,
    newSuperior: string | undefined,
    controls: readonly Control[],
    signal: AbortSignal,
  ): Promise<ResponseControls> {
    const message = new ModifyDNRequest({
      ...this.#channel.nextHeader(controls),
      dn: canonicalDn(dn),
      newRdn,
      deleteOldRdn: true,
      ...(newSuperior === undefined ? {} : { newSuperior: canonicalDn(newSuperior) }),
    });
    return this.#change('rename', message, sizeOf(dn + newRdn + (newSuperior ?? '')), signal);
  }

  async delete(dn: string, controls: readonly Control[], signal: AbortSignal): Promise<ResponseControls> {
    const message = new DeleteRequest({ ...this.#channel.nextHeader(controls), dn: canonicalDn(dn) });
    return this.#change('delete', message, sizeOf(dn), signal);
  }

  async search(search: DirectorySearch, signal: AbortSignal): Promise<SearchAnswer> {
    const { base, scope, filter, sizeLimit = 0 } = search;
    const attributes = search.attributes.length === 0 ? NO_ATTRIBUTES : [...search.attributes];
    const message = new SearchRequest({
      ...this.#channel.nextHeader(search.controls),
      baseDN: canonicalDn(base),
      scope,
      filter,
      attributes,
      sizeLimit,
      // The caller's signal is the limit; ldapts' own default would cut long searches off.
      timeLimit: 0,
    });
    // A filter's text is at least as long as its bytes, but for the headers.
    const payloadBytes = sizeOf(base, [{ type: filter.toString().repeat(2), values: attributes }]);
    const answerTag = ANSWER_TAG.search;
    const reply = await this.#channel.request({ message, answerTag, payloadBytes, isChange: false }, signal);
    if (reply.result.code !== 0) throw toResultError('search', reply.result);
    return { entries: reply.entries, references: reply.references, controls: reply.result.controls };
  }

  /** The authorization identity of this connection (RFC 4532); empty when it is anonymous. */
  async whoAmI(signal: AbortSignal): Promise<string> {
    const message = new ExtendedRequest({ ...this.#channel.nextHeader(), oid: OID.whoAmI });
    const answerTag = ANSWER_TAG.extended;
    const request = { message, answerTag, payloadBytes: NO_PAYLOAD, isChange: false };
    const { result } = await this.#channel.request(request, signal);
    if (result.code !== 0) throw toResultError('extended', result);
    return result.value?.toString() ?? '';
  }

  /** Says goodbye and ends the connection. A request in progress fails. */
  close(): void {
    this.#channel.close();
  }

  async #bind(dn: string, password: string, signal: AbortSignal): Promise<void> {
    const message = new BindRequest({ ...this.#channel.nextHeader(), dn, password });
    const answerTag = ANSWER_TAG.bind;
    const request = { message, answerTag, payloadBytes: sizeOf(dn + password), isChange: false };
    const { result } = await this.#channel.request(request, signal);
    if (result.code !== 0) {
      // A server that repeats the password must not bring it into a message.
      const diagnostic = result.diagnostic.replaceAll(password, '[secret]');
      throw toResultError('bind', { ...result, diagnostic });
    }
    this.#boundAs = await this.#identity(dn, signal);
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
        'The server accepted the password but treats the connection as anonymous. Check the bind DN.',
      );
    }
    return identity;
  }

  async #change(
    operation: 'add' | 'modify' | 'rename' | 'delete',
    message: RequestMessage,
    payloadBytes: number,
    signal: AbortSignal,
  ): Promise<ResponseControls> {
    const answerTag = ANSWER_TAG[operation];
    const { result } = await this.#channel.request(
      { message, answerTag, payloadBytes, isChange: true },
      signal,
    );
    if (result.code !== 0) throw toResultError(operation, result);
    return result.controls;
  }
}

function toAttribute({ type, values }: DirectoryAttribute): Attribute {
  // ldapts writes a mixed list correctly; only its type does not say so.
  return new Attribute({ type, values: [...values] as Buffer[] });
}

function toResultError(operation: DirectoryOperation, answer: ResultAnswer): DirectoryResultError {
  return new DirectoryResultError(operation, answer.code, answer.diagnostic);
}
