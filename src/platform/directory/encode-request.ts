// Puts a request into bytes with ldapts' writer, in a buffer that never has to grow.
import { BerWriter, type Control, InvalidAsn1Error } from 'ldapts';
import { DirectoryConnectionError } from './directory-error.js';

/** What ldapts' request classes have in common. */
export interface RequestMessage {
  messageId: number;
  readonly protocolOperation: number;
  controls?: Control[] | undefined;
  writeMessage(writer: BerWriter): void;
}

const CONTROLS_TAG = 0xa0;
/** Headers, lengths, controls: what a request has besides its values. */
const ENVELOPE_BYTES = 4096;

/**
 * @param payloadBytes at least what all names and values of the request take. The writer of ldapts 8 loses the last
 *   byte of a long list that ends exactly where its buffer does: with room to spare it never comes to that.
 */
export function encodeRequest(message: RequestMessage, payloadBytes: number): Buffer {
  const writer = new BerWriter({ size: ENVELOPE_BYTES + payloadBytes });
  try {
    writer.startSequence();
    writer.writeInt(message.messageId);
    writer.startSequence(message.protocolOperation);
    message.writeMessage(writer);
    writer.endSequence();
    if (message.controls !== undefined && message.controls.length > 0) {
      writer.startSequence(CONTROLS_TAG);
      for (const control of message.controls) control.write(writer);
      writer.endSequence();
    }
    writer.endSequence();
    return writer.buffer;
  } catch (error) {
    if (!(error instanceof InvalidAsn1Error)) throw error;
    throw new DirectoryConnectionError(
      'unsendable',
      'The request is larger than the 16 MiB one message can hold.',
      {
        cause: error,
      },
    );
  }
}

/** What a name and attributes take at most, with their headers. */
export function sizeOf(
  name: string,
  attributes: readonly { type: string; values: readonly (Buffer | string)[] }[] = [],
): number {
  // Each byte of a name may take three in its escaped form.
  let bytes = 3 * Buffer.byteLength(name);
  for (const { type, values } of attributes) {
    bytes += 32 + Buffer.byteLength(type);
    for (const value of values) bytes += 8 + Buffer.byteLength(value);
  }
  return bytes;
}
