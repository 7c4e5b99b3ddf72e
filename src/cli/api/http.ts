// One HTTP exchange with the service: a JSON answer, a refusal, or a failure that says which URL did not answer.
import { CliError, Refusal } from '../cli-error.js';
import { EXIT } from '../exit-code.js';
import { clientVersion } from '../version.js';
import { isObject, objectsOf } from './json.js';

const REQUEST_TIMEOUT_MS = 30_000;
/** Whoever looks at their sessions sees which program each is of. */
const USER_AGENT = `provost/${clientVersion()}`;

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** From the root of the service, its query included. */
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** How long the service may take; 30 s when it is not given. */
  readonly patienceMs?: number;
}

/**
 * Sends `request` and gives the JSON of the answer, undefined when it has none.
 * @throws Refusal with the service's problem document
 * @throws CliError when nothing that is Provost answers
 */
export async function exchange(server: string, request: HttpRequest): Promise<unknown> {
  let response: Response;
  let text: string;
  try {
    const patienceMs = request.patienceMs ?? REQUEST_TIMEOUT_MS;
    response = await send(server, request, AbortSignal.timeout(patienceMs));
    text = await response.text();
  } catch (error) {
    throw noAnswer(server, request, error);
  }
  return read(server, response, text);
}

/** What the service's probe says, ready or not; it asks for no login. @throws when nothing answers with JSON */
export async function readiness(server: string): Promise<unknown> {
  const response = await send(
    server,
    { method: 'GET', path: '/readyz' },
    AbortSignal.timeout(REQUEST_TIMEOUT_MS),
  );
  return JSON.parse(await response.text());
}

/**
 * The same for an answer of any length, piece by piece; only the service's silence has a limit of time.
 * @throws CliError also in the middle, when the connection ends before the answer does
 */
export async function exchangeStream(
  server: string,
  request: Omit<HttpRequest, 'patienceMs'>,
): Promise<AsyncIterable<Uint8Array>> {
  const patience = new Patience(REQUEST_TIMEOUT_MS);
  let response: Response;
  try {
    response = await patience.during(send(server, request, patience.signal));
    if (response.ok && response.body !== null) return pieces(server, response.body, patience);
  } catch (error) {
    throw noAnswer(server, request, error);
  }
  read(server, response, await response.text());
  throw strangeAnswer(server, response);
}

function send(
  server: string,
  { method, path, body, headers }: HttpRequest,
  signal: AbortSignal,
): Promise<Response> {
  return fetch(`${server}${path}`, {
    method,
    headers: {
      accept: 'application/json, application/x-ndjson, application/problem+json',
      'user-agent': USER_AGENT,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    // A redirect would carry passwords and tokens to another place.
    redirect: 'manual',
    signal,
  });
}

/** Ends an exchange while the service is silent for too long; the time a reader takes does not count. */
class Patience {
  readonly #abort = new AbortController();

  constructor(private readonly milliseconds: number) {}

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  async during<T>(waiting: Promise<T>): Promise<T> {
    const timer = setTimeout(
      () => this.#abort.abort(new DOMException('silent', 'TimeoutError')),
      this.milliseconds,
    );
    try {
      return await waiting;
    } finally {
      clearTimeout(timer);
    }
  }
}

async function* pieces(
  server: string,
  body: ReadableStream<Uint8Array>,
  patience: Patience,
): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await patience.during(reader.read());
      if (done) return;
      yield value;
    }
  } catch (error) {
    throw new CliError(
      EXIT.unreachable,
      `The answer of ${server} broke off (${reasonOf(error).words}): what came is not all of it.`,
      { cause: error },
    );
  } finally {
    // When the reader of this gives up, so does the service.
    await reader.cancel().catch(() => undefined);
  }
}

function read(server: string, response: Response, text: string): unknown {
  const { status, headers } = response;
  const type = headers.get('content-type') ?? '';
  const document = /^application\/(problem\+)?json\b/.test(type) ? parse(text) : undefined;
  if (status >= 200 && status < 300 && (text === '' || document !== undefined)) return document;
  if (status >= 400 && isObject(document) && typeof document['title'] === 'string') {
    throw new Refusal(toProblem(document, status), retryAfter(headers), document);
  }
  throw strangeAnswer(server, response);
}

function strangeAnswer(server: string, { status, headers }: Response): CliError {
  const location = headers.get('location');
  const type = headers.get('content-type') ?? 'nothing';
  return new CliError(
    EXIT.unreachable,
    status >= 300 && status < 400 && location !== null
      ? `${server} sends callers on to ${location}. If that is the service, name its URL with --server.`
      : `${server} answered ${status} with ${type}, which is not what Provost gives. Is the URL right?`,
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function toProblem(document: Readonly<Record<string, unknown>>, status: number): Refusal['problem'] {
  return {
    type: stringOf(document['type']),
    title: stringOf(document['title']),
    status,
    detail: stringOf(document['detail']),
    instance: stringOf(document['instance']),
    errors: objectsOf(document['errors']).map(({ pointer, detail }) => ({
      pointer: stringOf(pointer),
      detail: stringOf(detail),
    })),
  };
}

function stringOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function retryAfter(headers: Headers): number | undefined {
  const seconds = headers.get('retry-after');
  return seconds !== null && /^\d{1,6}$/.test(seconds) ? Number(seconds) : undefined;
}

/** Failures before the connection stood and was trusted: nothing was sent. */
const NOT_SENT = /^(UND_ERR_CONNECT_TIMEOUT|CERT_\w+|ERR_TLS_\w+|\w*SELF_SIGNED\w*|UNABLE_TO_\w+)$/;
const CONNECTING = /^(connect|getaddrinfo)$/;

function noAnswer(server: string, { method, patienceMs }: HttpRequest, error: unknown): CliError {
  const { code, syscall, words } = reasonOf(error, patienceMs);
  if (words === 'bad port') return portNotAllowed(server, error);
  const doubt =
    method === 'GET' || NOT_SENT.test(code) || CONNECTING.test(syscall)
      ? ''
      : ' It is not known whether the service received this: look before you repeat it.';
  return new CliError(
    EXIT.unreachable,
    `No answer from ${server} (${words}).${doubt} Start the service with npm start, or the demo with npm run quickstart; ` +
      'another server is named with --server URL.',
    { cause: error },
  );
}

interface Reason {
  readonly code: string;
  /** What the machine was doing, such as connect. */
  readonly syscall: string;
  readonly words: string;
}

/** fetch connects to no port that belongs to another protocol, and says no more than “bad port”. */
function portNotAllowed(server: string, cause: unknown): CliError {
  return new CliError(
    EXIT.unreachable,
    `The port ${new URL(server).port} of ${server} is not allowed: HTTP clients and browsers keep it for another protocol. ` +
      'Nothing was sent. Let the service listen on another port, and name it with --server URL.',
    { cause },
  );
}

/** fetch says “fetch failed”; what happened is its cause, and one per address for a name that has several. */
function reasonOf(error: unknown, patienceMs = REQUEST_TIMEOUT_MS): Reason {
  const thrown = isObject(error) ? error : {};
  const cause = isObject(thrown['cause']) ? thrown['cause'] : thrown;
  const [first = cause] = objectsOf(cause['errors']);
  const [code, syscall, message] = [
    stringOf(first['code']),
    stringOf(first['syscall']),
    stringOf(first['message']),
  ];
  if (thrown['name'] === 'TimeoutError') {
    return { code: 'TimeoutError', syscall, words: `nothing within ${patienceMs / 1_000} s` };
  }
  return { code, syscall, words: code === 'ECONNREFUSED' ? 'connection refused' : message || String(error) };
}
