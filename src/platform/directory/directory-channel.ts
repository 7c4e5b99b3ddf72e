// Requests and answers on one socket, one request at a time. It never reconnects: what ended stays ended.
import type { Socket } from 'node:net';
import { type Control, UnbindRequest } from 'ldapts';
import { wordsOf } from '../failures/index.js';
import { type Answer, ANSWER_TAG, type DirectoryEntry, decodeAnswer, type ResultAnswer } from './answer.js';
import { malformed } from './ber.js';
import { DirectoryConnectionError } from './directory-error.js';
import { encodeRequest, type RequestMessage } from './encode-request.js';
import { MessageReader } from './message-reader.js';

export interface Request {
  readonly message: RequestMessage;
  /** The kind of answer that ends the exchange. */
  readonly answerTag: number;
  /** At least what all names and values take. */
  readonly payloadBytes: number;
  /** Whether it changes something: then a missing answer leaves the effect unknown. */
  readonly isChange: boolean;
}

export interface Reply {
  readonly result: ResultAnswer;
  readonly entries: readonly DirectoryEntry[];
  readonly references: readonly string[];
}

interface Exchange {
  readonly request: Request;
  readonly entries: DirectoryEntry[];
  readonly references: string[];
  bytes: number;
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: Error) => void;
}

/** What one reply may hold before it is refused: a server that does not page must fit. */
const MOST_ENTRIES = 200_000;
const MEBIBYTE = 1024 * 1024;
const MOST_BYTES = 256 * MEBIBYTE;
/** The message id of what a server says unasked, such as its notice of disconnection (RFC 4511 §4.4). */
const UNSOLICITED = 0;

export class DirectoryChannel {
  readonly #socket: Socket;
  readonly #reader = new MessageReader();
  #exchange: Exchange | undefined;
  /** 1 may have been used by StartTLS. */
  #lastId = 1;
  #isOpen = true;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', (error) => this.#fail(lost(wordsOf(error))));
    // The end comes first: from then on no answer can come.
    for (const event of ['end', 'close']) socket.on(event, () => this.#fail(lost('the server closed it')));
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** What each request message begins with. */
  nextHeader(controls: readonly Control[] = []): { messageId: number; controls: Control[] } {
    this.#lastId += 1;
    return { messageId: this.#lastId, controls: [...controls] };
  }

  /** Sends the request and waits for its reply; the signal ends the wait and, with it, the connection. */
  async request(request: Request, signal: AbortSignal): Promise<Reply> {
    if (this.#exchange !== undefined) throw new Error('A directory connection takes one request at a time.');
    if (signal.aborted) throw ended(signal);
    if (!this.#isOpen) throw lost('it had ended before the request');
    const bytes = encodeRequest(request.message, request.payloadBytes);
    const onAbort = (): void => this.#fail(ended(signal));
    signal.addEventListener('abort', onAbort);
    try {
      return await new Promise<Reply>((resolve, reject) => {
        this.#exchange = { request, entries: [], references: [], bytes: 0, resolve, reject };
        this.#socket.write(bytes);
      });
    } catch (error) {
      if (!(error instanceof DirectoryConnectionError) || !request.isChange) throw error;
      throw new DirectoryConnectionError(error.failure, error.message, {
        effect: 'unknown',
        cause: error.cause,
      });
    } finally {
      this.#exchange = undefined;
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Says goodbye and ends the connection. A request in progress fails. */
  close(): void {
    if (this.#isOpen && this.#exchange === undefined) {
      this.#isOpen = false;
      this.#socket.write(new UnbindRequest(this.nextHeader()).write());
      this.#socket.destroySoon();
    } else {
      this.#fail(lost('it was closed'));
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
    if (answer.messageId === UNSOLICITED) throw lost(farewell(answer));
    const exchange = this.#exchange;
    if (answer.messageId !== exchange?.request.message.messageId) {
      throw malformed('an answer that nobody asked for');
    }
    exchange.bytes += bytes;
    const { answerTag } = exchange.request;
    if (answer.kind === 'result') {
      if (answer.tag !== answerTag) throw malformed('the answer to another kind of request');
      this.#exchange = undefined;
      exchange.resolve({ result: answer, entries: exchange.entries, references: exchange.references });
      return;
    }
    if (answerTag !== ANSWER_TAG.search) throw malformed('an entry that nobody searched for');
    if (answer.kind === 'entry') exchange.entries.push(answer.entry);
    else exchange.references.push(...answer.urls);
    if (exchange.entries.length + exchange.references.length > MOST_ENTRIES || exchange.bytes > MOST_BYTES) {
      throw malformed(`one answer of more than ${MOST_ENTRIES} entries or ${MOST_BYTES / MEBIBYTE} MiB`);
    }
  }

  #fail(error: DirectoryConnectionError): void {
    this.#isOpen = false;
    this.#socket.destroy();
    this.#exchange?.reject(error);
  }
}

function farewell(answer: Answer): string {
  return answer.kind === 'result' && answer.diagnostic !== '' ? answer.diagnostic : 'the server said goodbye';
}

function lost(reason: string): DirectoryConnectionError {
  return new DirectoryConnectionError('lost', `The connection to the directory was lost: ${reason}.`);
}

function ended(signal: AbortSignal): DirectoryConnectionError {
  return new DirectoryConnectionError('ended', `The call was ended: ${wordsOf(signal.reason)}.`);
}
