import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { sniffMediaType } from './media-type.js';

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');

describe('sniffMediaType', () => {
  it.each([
    ['image/jpeg', '\xff\xd8\xff\xe0\x00\x10JFIF\x00'],
    ['image/jpeg', '\xff\xd8\xff\xdb\x00\x43'],
    ['image/png', '\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR\x00'],
    ['image/webp', 'RIFF\x24\x00\x00\x00WEBPVP8 '],
    ['image/webp', 'RIFF\x24\x00\x00\x00WEBPVP8L'],
    ['image/webp', 'RIFF\x24\x00\x00\x00WEBPVP8X'],
    ['application/pdf', '%PDF-1.7\n'],
  ])('knows %s', (mediaType, head) => {
    expect(sniffMediaType(bytes(head))).toBe(mediaType);
  });

  it.each([
    ['nothing', ''],
    ['an SVG', '<svg xmlns="http://www.w3.org/2000/svg">'],
    ['an SVG behind an XML declaration', '<?xml version="1.0"?><svg>'],
    ['an SVG behind the magic number of JPEG', '\xff\xd8\xff<svg onload="x()">'],
    ['an SVG behind the signature of PNG', '\x89PNG\r\n\x1a\n<svg onload="x()">'],
    ['HTML behind blanks', '  \n<html><script>'],
    ['HTML behind half a PDF header', '%PDF-1.<html>'],
    ['a PDF that does not begin at the beginning', '<html>%PDF-1.7'],
    ['RIFF audio', 'RIFF\x24\x00\x00\x00WAVEfmt '],
    ['WebP of an unknown kind', 'RIFF\x24\x00\x00\x00WEBPVP8<'],
    ['a GIF', 'GIF89a\x01\x00'],
    ['an end of image where a segment should begin', '\xff\xd8\xff\xd9'],
  ])('refuses %s', (_, head) => {
    expect(sniffMediaType(bytes(head))).toBeNull();
  });

  it('refuses every text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii' }), (text) => {
        fc.pre(!/^%PDF-\d\.\d/.test(text));
        expect(sniffMediaType(bytes(text))).toBeNull();
      }),
    );
  });

  it.each([1, 4, 12, 15])('refuses a PNG or WebP of which only %d bytes arrived', (length) => {
    expect(sniffMediaType(bytes('\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR').subarray(0, length))).toBeNull();
    expect(sniffMediaType(bytes('RIFF\x24\x00\x00\x00WEBPVP8 ').subarray(0, length))).toBeNull();
  });
});
