// Answers of the server itself, before there is a request that a route could answer: problems with all headers too.
import { randomUUID } from 'node:crypto';
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { problem, type Problem } from './problem.js';
import { PROBLEM_TYPE, problemText } from './problem.filter.js';

type Headers = Readonly<Record<string, string>>;

/** What cannot be read as HTTP, is too large or too slow; the connection ends with it. */
export function answerClientError(error: Error & { code?: string }, socket: Socket, headers: Headers): void {
  // Half an answer may be out already: another one behind it would be taken for its rest.
  const busy = (socket as Socket & { _httpMessage?: ServerResponse })._httpMessage;
  if (socket.writable && busy?.headersSent === false && busy.req.complete) {
    // The fault is in a later request: an answer now would be taken for that of the one under way.
    busy.shouldKeepAlive = false;
    return;
  }
  if (error.code !== 'ECONNRESET' && socket.writable && busy?.headersSent !== true) {
    const answer = problemOf(error);
    const id = randomUUID();
    const text = problemText(answer, id);
    const lines = Object.entries(headersOf(answer, id, text, headers)).map(
      ([name, value]) => `${name}: ${value}`,
    );
    socket.write(
      `HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status]}\r\n${lines.join('\r\n')}\r\n\r\n${text}`,
    );
  }
  socket.destroySoon();
}

/** `Expect` with anything but 100-continue. */
export function answerExpectation(
  _request: IncomingMessage,
  response: ServerResponse,
  headers: Headers,
): void {
  const answer = problem.expectationFailed('Nothing but "Expect: 100-continue" can be expected here.');
  const id = randomUUID();
  const text = problemText(answer, id);
  response.writeHead(answer.status, headersOf(answer, id, text, headers)).end(text);
}

function problemOf({ code }: { code?: string }): Problem {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return problem.headersTooLarge('The request line and the headers may have 16 KiB together. Send less.');
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return problem.requestTimeout('The request did not arrive in time. Send it without pauses.');
  }
  return problem.requestFailed('This is not HTTP as it should be. Correct the request.');
}

function headersOf(answer: Problem, id: string, text: string, headers: Headers): Record<string, string> {
  return {
    ...headers,
    ...answer.headers,
    'content-type': PROBLEM_TYPE,
    'content-length': String(Buffer.byteLength(text)),
    'x-request-id': id,
    connection: 'close',
  };
}
