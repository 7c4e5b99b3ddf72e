// Sends bytes to a server as they are, for what no client would send.
import { connect } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/** Writes `bytes` and reads the first answer, to the end of the connection or of its body. */
export async function sendRaw(url: string, bytes: string | Buffer): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let text = '';
  // A server that refuses what is still being sent resets the connection behind its answer.
  socket.on('error', () => undefined);
  socket.write(bytes);
  try {
    for await (const chunk of socket) {
      text += (chunk as Buffer).toString('latin1');
      if (isWhole(text)) break;
    }
  } catch (error) {
    if (!isWhole(text)) throw error;
  } finally {
    socket.destroy();
  }
  return parse(text);
}

function isWhole(text: string): boolean {
  if (!text.includes('\r\n\r\n')) return false;
  const { headers, body } = parse(text);
  return body.length >= Number(headers.get('content-length') ?? Number.POSITIVE_INFINITY);
}

function parse(text: string): RawAnswer {
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const [statusLine = '', ...lines] = head.split('\r\n');
  const headers = new Headers();
  for (const line of lines) headers.append(line.split(': ')[0] ?? '', line.split(': ').slice(1).join(': '));
  return { status: Number(statusLine.split(' ')[1]), headers, body: rest.join('\r\n\r\n') };
}
