// The lab's own record of what the service acknowledged: on disk before anything else is asked for.
import { type FileHandle, open } from 'node:fs/promises';
import type { ChangeKind, WantedAccount } from './person.js';

export interface JournalEntry {
  readonly requestId: string;
  readonly person: number;
  readonly change: number;
  readonly kind: ChangeKind;
  /** What the account must be once this change and those before it are done; null for none. */
  readonly wanted: WantedAccount | null;
}

export class Journal {
  readonly entries: JournalEntry[] = [];

  private constructor(private readonly file: FileHandle) {}

  static async create(path: string): Promise<Journal> {
    return new Journal(await open(path, 'ax'));
  }

  async add(entry: JournalEntry): Promise<void> {
    await this.file.appendFile(`${JSON.stringify(entry)}\n`);
    await this.file.datasync();
    this.entries.push(entry);
  }

  close(): Promise<void> {
    return this.file.close();
  }
}
