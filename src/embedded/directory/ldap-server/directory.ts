// The directory as its clients meet it: every operation, without the protocol around it. A write is
// answered when the journal has it on disk; memory may be a moment ahead of that.
import { join } from 'node:path';
import { messageOf } from '../../process/index.js';
import { requireReadAccess, requireWriter } from './access.js';
import type { Identity } from './access.js';
import { compareValue, requireAssertion } from './assertion.js';
import { authenticate } from './authentication.js';
import type { Administrator } from './authentication.js';
import type { RequestControls } from './protocol/controls.js';
import type { BindRequest, CompareRequest, SearchRequest, WriteRequest } from './protocol/request.js';
import type { LdapResult, SearchEntry } from './protocol/response.js';
import { LdapFailure, ResultCode } from './protocol/result.js';
import { parseDn } from './schema/dn.js';
import type { Rdn } from './schema/dn.js';
import { Schema } from './schema/schema.js';
import { standardAttributes } from './schema/standard-attributes.js';
import { standardClasses } from './schema/standard-classes.js';
import { searchEntry, searchTree } from './search.js';
import type { Session } from './search.js';
import { rootDse, subschema } from './server-description.js';
import { ChangeStamps } from './tree/change-stamp.js';
import { textsOf } from './tree/entry.js';
import { Journal, readJournal, rewriteJournal } from './tree/journal.js';
import { locate, parseName } from './tree/locate.js';
import { replay, snapshot } from './tree/record.js';
import { DirectoryTree } from './tree/tree.js';
import { SUBSCHEMA_DN, viewNode } from './view.js';
import { write } from './writes.js';

export interface DirectoryOptions {
  /** An existing folder; the journal is the one file in it. */
  readonly dataDirectory: string;
  readonly baseDn: string;
  readonly adminDn: string;
  readonly password: string;
  /** Whether a write waits until it is on disk. */
  readonly durable: boolean;
  readonly log: (message: string) => void;
  readonly now: () => Date;
}

export class Directory {
  private constructor(
    private readonly tree: DirectoryTree,
    private readonly administrator: Administrator,
    private readonly journal: Journal,
    private readonly stamps: ChangeStamps,
    private readonly log: (message: string) => void,
  ) {}

  /** Reads the journal back and makes it compact. Throws when it is damaged, or when a DN is none. */
  static async open({ dataDirectory, ...options }: DirectoryOptions): Promise<Directory> {
    const schema = new Schema(standardAttributes, standardClasses);
    const tree = new DirectoryTree(schema, configuredName(schema, options.baseDn));
    const administrator = { name: configuredName(schema, options.adminDn), password: options.password };
    const file = join(dataDirectory, 'journal.jsonl');
    const { lines, torn } = await readJournal(file, (line) => replay(tree, line));
    if (torn) options.log(`Dropped the last line of ${file}: it was never finished, so never answered.`);
    if (torn || lines > tree.size) await rewriteJournal(file, snapshot(tree));
    const stamps = new ChangeStamps(options.now);
    for (const node of tree.all()) stamps.continueAfter(textsOf(node.entry, 'entryCSN')[0] ?? '');
    return new Directory(tree, administrator, await Journal.open(file, options.durable), stamps, options.log);
  }

  bind(request: BindRequest): Identity {
    const name = parseName(this.tree.schema, request.dn);
    return authenticate(this.tree, this.administrator, request, name);
  }

  /** Yields the entries found, then answers the result. */
  search(
    request: SearchRequest,
    controls: RequestControls,
    session: Session,
  ): Generator<SearchEntry, LdapResult> {
    const { schema } = this.tree;
    const name = parseName(schema, request.base);
    if (name.length === 0 && request.scope === 'base') {
      return searchEntry(this.tree, rootDse(schema, schema.prettyName(this.tree.suffix)), request);
    }
    if (schema.normaliseName(name) === SUBSCHEMA_DN.toLowerCase()) {
      return searchEntry(this.tree, subschema(schema), request);
    }
    requireReadAccess(session.identity);
    const base = locate(this.tree, name);
    requireAssertion(schema, controls.assertion, viewNode(this.tree, base, session.identity));
    return searchTree(this.tree, base, request, controls, session);
  }

  compare(request: CompareRequest, controls: RequestControls, identity: Identity): LdapResult {
    const { schema } = this.tree;
    const name = parseName(schema, request.dn);
    requireReadAccess(identity);
    const visible = viewNode(this.tree, locate(this.tree, name), identity);
    requireAssertion(schema, controls.assertion, visible);
    const verdict = compareValue(schema, visible, request, identity);
    return { code: verdict === 'equal' ? ResultCode.compareTrue : ResultCode.compareFalse };
  }

  /** Changes the tree at once, in the order of the calls; resolves when the change is on disk. */
  async write(request: WriteRequest, controls: RequestControls, identity: Identity): Promise<LdapResult> {
    const writer = requireWriter(identity);
    if (this.journal.failed) throw cannotStore();
    const written = write({ tree: this.tree, controls, writer, stamp: this.stamps.next() }, request);
    try {
      await this.journal.append(written.record);
    } catch (error) {
      const remedy = 'Make room or repair the disk, then restart; until then it takes no changes.';
      this.log(`The directory cannot write its journal: ${messageOf(error)}. ${remedy}`);
      throw cannotStore();
    }
    return { code: ResultCode.success, controls: written.controls };
  }

  /** Waits for the writes under way. */
  close(): Promise<void> {
    return this.journal.close();
  }
}

function configuredName(schema: Schema, text: string): readonly Rdn[] {
  const name = parseDn(text);
  if (name === undefined || name.length === 0 || !schema.isValidName(name)) {
    throw new Error(`${text} is not a distinguished name that the directory can use.`);
  }
  return name;
}

function cannotStore(): LdapFailure {
  return new LdapFailure(ResultCode.unavailable, 'the directory cannot store changes; its log says why');
}
