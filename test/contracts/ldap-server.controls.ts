// Controls that ldapts does not bring: RFC 4528 assertion, RFC 4527 read entry, and any other by its bytes.
import { type BerReader, BerWriter, Control, SearchEntry } from 'ldapts';
import type { Filter } from 'ldapts';

/** A control with a value given as bytes. */
export class RawControl extends Control {
  constructor(
    oid: string,
    private readonly value: Buffer | undefined,
    critical = true,
  ) {
    super(oid, { critical });
  }

  protected override writeControl(writer: BerWriter): void {
    if (this.value !== undefined) writer.writeBuffer(this.value, 0x04);
  }
}

export class AssertionControl extends RawControl {
  constructor(filter: Filter) {
    const writer = new BerWriter();
    filter.write(writer);
    super('1.3.6.1.1.12', writer.buffer);
  }
}

/** Holds the entry of the response, once there is one. */
export class ReadEntryControl extends RawControl {
  entry: Record<string, unknown> | undefined;

  constructor(
    moment: 'before' | 'after',
    private readonly attributes: readonly string[],
  ) {
    super(moment === 'before' ? '1.3.6.1.1.13.1' : '1.3.6.1.1.13.2', selection(attributes));
  }

  protected override parseControl(reader: BerReader): void {
    const entry = new SearchEntry({ messageId: 0 });
    reader.readSequence(0x64);
    entry.parseMessage(reader);
    this.entry = entry.toObject([...this.attributes], []);
  }
}

function selection(attributes: readonly string[]): Buffer {
  const writer = new BerWriter();
  writer.startSequence();
  for (const attribute of attributes) writer.writeString(attribute);
  writer.endSequence();
  return writer.buffer;
}
