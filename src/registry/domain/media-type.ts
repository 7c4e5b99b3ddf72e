// What a file is by its first bytes. What it is called by its sender proves nothing.

/** The kinds of file an attachment can be. No SVG and no HTML: both run scripts in a browser. */
export const MEDIA_TYPES = ['image/jpeg', 'image/png', 'image/webp', 'application/pdf'] as const;

export type MediaType = (typeof MEDIA_TYPES)[number];

/** Bytes that `sniffMediaType` wants to see, if the file has as many. */
export const SNIFFED_BYTES = 16;

const EXTENSIONS: Record<MediaType, string> = {
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'image/webp': 'webp',
  'application/pdf': 'pdf',
};

/**
 * More than the magic number is compared: what follows it must be the format's own beginning,
 * so that a text which merely starts with the number is not taken for a picture.
 */
export function sniffMediaType(head: Uint8Array): MediaType | null {
  // ISO/IEC 10918-1: start of image, then a segment's marker (APPn, DQT, SOFn, COM …).
  if (startsWith(head, [0xff, 0xd8, 0xff]) && isSegmentMarker(head[3])) return 'image/jpeg';
  // RFC 2083 §3.1: the signature, then IHDR with its 13 bytes.
  if (startsWith(head, [0x89, ...ascii('PNG\r\n\x1a\n'), 0, 0, 0, 13, ...ascii('IHDR')])) return 'image/png';
  // RFC 9649 §2.4: RIFF, the length, WEBP, one of three kinds of first chunk.
  if (startsWith(head, ascii('RIFF')) && startsWith(head.subarray(8), ascii('WEBPVP8'))) {
    return ' LX'.includes(String.fromCharCode(head[15] ?? 0)) ? 'image/webp' : null;
  }
  // ISO 32000-1 §7.5.2, strictly at the beginning.
  const isVersion = isDigit(head[5]) && head[6] === 0x2e && isDigit(head[7]);
  return startsWith(head, ascii('%PDF-')) && isVersion ? 'application/pdf' : null;
}

export function isMediaType(text: string): text is MediaType {
  return (MEDIA_TYPES as readonly string[]).includes(text);
}

/** The usual ending of a file's name. */
export function fileExtension(mediaType: MediaType): string {
  return EXTENSIONS[mediaType];
}

function isSegmentMarker(byte: number | undefined): boolean {
  // C0…FE without the markers that cannot come first: restarts, start and end of image, start of scan.
  return byte !== undefined && byte >= 0xc0 && byte < 0xff && !(byte >= 0xd0 && byte <= 0xda);
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

function startsWith(bytes: Uint8Array, prefix: readonly number[]): boolean {
  return bytes.length >= prefix.length && prefix.every((byte, index) => bytes[index] === byte);
}

function ascii(text: string): number[] {
  return Array.from(text, (character) => character.charCodeAt(0));
}
