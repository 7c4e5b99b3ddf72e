// Controls that make a change safe: the assertion control (RFC 4528), the post-read control (RFC 4527), paged results (RFC 2696).
import { BerWriter, Control, type Filter } from 'ldapts';
import { type DirectoryEntry, toEntry } from './answer.js';
import { contentOf, malformed, readElements, TAG, toInteger } from './ber.js';

export const OID = {
  assertion: '1.3.6.1.1.12',
  postRead: '1.3.6.1.1.13.2',
  pagedResults: '1.2.840.113556.1.4.319',
  startTls: '1.3.6.1.4.1.1466.20037',
  whoAmI: '1.3.6.1.4.1.4203.1.11.3',
} as const;

/** The change is made only if the entry matches the filter; otherwise the server answers assertionFailed (122). */
export class AssertionControl extends Control {
  readonly #filter: Filter;

  constructor(filter: Filter) {
    super(OID.assertion, { critical: true });
    this.#filter = filter;
  }

  protected override writeControl(writer: BerWriter): void {
    const value = new BerWriter();
    this.#filter.write(value);
    writer.writeBuffer(value.buffer, TAG.octetString);
  }
}

/** Asks for attributes as they are right after the change, in the answer to the change. */
export class PostReadControl extends Control {
  readonly #attributes: readonly string[];

  constructor(attributes: readonly string[]) {
    super(OID.postRead);
    this.#attributes = attributes;
  }

  protected override writeControl(writer: BerWriter): void {
    const value = new BerWriter();
    value.startSequence();
    value.writeStringArray([...this.#attributes]);
    value.endSequence();
    writer.writeBuffer(value.buffer, TAG.octetString);
  }
}

/** The entry after the change, when the server sent it along. */
export function decodePostRead(controls: ReadonlyMap<string, Buffer>): DirectoryEntry | undefined {
  const value = controls.get(OID.postRead);
  if (value === undefined) return undefined;
  // The RFC says a SearchResultEntry; OpenLDAP sends a plain sequence of the same parts.
  const [entry] = readElements(value);
  return entry === undefined ? undefined : toEntry(readElements(entry.content));
}

/** The cookie of the next page; empty after the last; undefined when the server does not page. */
export function decodePageCookie(controls: ReadonlyMap<string, Buffer>): Buffer | undefined {
  const value = controls.get(OID.pagedResults);
  if (value === undefined) return undefined;
  const [sequence] = readElements(value);
  const [size, cookie] = readElements(contentOf(sequence, TAG.sequence));
  if (toInteger(contentOf(size, TAG.integer)) < 0) throw malformed('a negative page size');
  return contentOf(cookie, TAG.octetString);
}
