// The four operations that change the tree (RFC 4511 §4.6–4.9). Each is checked in full before the
// first change, so that it happens whole or not at all.
import { randomUUID } from 'node:crypto';
import type { Writer } from './access.js';
import { requireAssertion } from './assertion.js';
import { postReadResponse, preReadResponse } from './protocol/controls.js';
import type { RequestControls } from './protocol/controls.js';
import type { AddRequest, DeleteRequest, ModifyRequest, RenameRequest } from './protocol/request.js';
import type { WriteRequest } from './protocol/request.js';
import { LdapFailure, ResultCode } from './protocol/result.js';
import type { Rdn } from './schema/dn.js';
import type { Schema } from './schema/schema.js';
import type { ChangeStamp } from './tree/change-stamp.js';
import { textsOf, withAttribute } from './tree/entry.js';
import type { Entry } from './tree/entry.js';
import { checkEntry } from './tree/entry-check.js';
import { locate, parseName } from './tree/locate.js';
import { applyChanges, newEntry, renamedEntry } from './tree/modification.js';
import { putRecord, removeRecord } from './tree/record.js';
import type { TreeRecord } from './tree/record.js';
import type { DirectoryTree, Node } from './tree/tree.js';
import { select, textAttribute, viewEntry, viewNode } from './view.js';

/** What a write happens with. */
export interface WriteContext {
  readonly tree: DirectoryTree;
  readonly controls: RequestControls;
  readonly writer: Writer;
  readonly stamp: ChangeStamp;
}

/** What a write left behind: a line for the journal, and the response controls asked for. */
export interface Written {
  readonly record: TreeRecord;
  readonly controls: readonly Buffer[];
}

/** Changes the tree, or throws `LdapFailure` and leaves it as it was. */
export function write(context: WriteContext, request: WriteRequest): Written {
  switch (request.kind) {
    case 'add':
      return add(context, request);
    case 'modify':
      return modify(context, request);
    case 'delete':
      return remove(context, request);
    default:
      return rename(context, request);
  }
}

function add(context: WriteContext, request: AddRequest): Written {
  const { tree, writer, stamp } = context;
  const { schema } = tree;
  const name = parseName(schema, request.dn);
  const [first] = name;
  const place = tree.find(name);
  if (first === undefined || place === undefined) {
    throw new LdapFailure(ResultCode.unwillingToPerform, 'no global superior knowledge');
  }
  const rdn = schema.prettyRdn(first);
  const entry = newEntry(schema, request.attributes, rdn);
  const structural = checkEntry(schema, entry, rdn);
  if (place.node !== undefined) throw new LdapFailure(ResultCode.entryAlreadyExists);
  const { closest, missing } = place;
  if (missing.length > (closest === undefined ? tree.suffix.length : 1)) {
    throw new LdapFailure(ResultCode.noSuchObject, '', closest === undefined ? '' : tree.dnOf(closest));
  }
  requireAssertion(schema, context.controls.assertion, viewEntry(request.dn, entry));
  const uuid = randomUUID();
  const stored = withTexts(schema, entry, {
    structuralObjectClass: structural,
    entryUUID: uuid,
    creatorsName: writer.dn,
    createTimestamp: stamp.time,
    ...trace(context),
  });
  const node = tree.put(uuid, closest, rdn, stored);
  return { record: putRecord(node), controls: postRead(context, node) };
}

function modify(context: WriteContext, request: ModifyRequest): Written {
  const { tree } = context;
  const node = locate(tree, parseName(tree.schema, request.dn));
  requireAssertion(tree.schema, context.controls.assertion, viewNode(tree, node, context.writer));
  const changed = applyChanges(tree.schema, node.entry, request.changes);
  return replace(context, node, { parent: node.parent, rdn: node.rdn, entry: changed });
}

function rename(context: WriteContext, request: RenameRequest): Written {
  const { tree } = context;
  const { schema } = tree;
  const node = locate(tree, parseName(schema, request.dn));
  const [first, ...others] = parseName(schema, request.newRdn, 'new RDN');
  if (first === undefined || others.length > 0) {
    throw new LdapFailure(ResultCode.invalidDnSyntax, 'invalid new RDN');
  }
  const rdn = schema.prettyRdn(first);
  const parent = newParent(tree, node, request.newSuperior);
  const target = parent.children.get(schema.rdnKey(rdn) ?? '');
  if (target !== undefined && target !== node) throw new LdapFailure(ResultCode.entryAlreadyExists);
  requireAssertion(tree.schema, context.controls.assertion, viewNode(tree, node, context.writer));
  const names = { old: node.rdn, new: rdn, deleteOld: request.deleteOldRdn };
  const entry = renamedEntry(schema, node.entry, names);
  return replace(context, node, { parent, rdn, entry });
}

function remove(context: WriteContext, request: DeleteRequest): Written {
  const { tree } = context;
  const node = locate(tree, parseName(tree.schema, request.dn));
  requireAssertion(tree.schema, context.controls.assertion, viewNode(tree, node, context.writer));
  if (node.children.size > 0) {
    throw new LdapFailure(ResultCode.notAllowedOnNonLeaf, 'subordinate objects must be deleted first');
  }
  const controls = preRead(context, node);
  tree.remove(node);
  return { record: removeRecord(node), controls };
}

/** The end of modify and rename: checks the new state as a whole, then sets it. */
function replace(
  context: WriteContext,
  node: Node,
  next: { readonly parent: Node | undefined; readonly rdn: Rdn; readonly entry: Entry },
): Written {
  const { tree } = context;
  const before = node.entry;
  checkEntry(tree.schema, next.entry, next.rdn, textsOf(before, 'structuralObjectClass')[0]);
  const read = preRead(context, node);
  tree.put(node.uuid, next.parent, next.rdn, withTexts(tree.schema, next.entry, trace(context)));
  return { record: putRecord(node, before), controls: [...read, ...postRead(context, node)] };
}

function newParent(tree: DirectoryTree, node: Node, newSuperior: string | undefined): Node {
  const elsewhere = new LdapFailure(ResultCode.affectsMultipleDsas, 'cannot rename between DSAs');
  if (newSuperior === undefined) {
    if (node.parent === undefined) throw elsewhere;
    return node.parent;
  }
  const name = parseName(tree.schema, newSuperior, 'new superior DN');
  if (tree.find(name) === undefined) throw elsewhere;
  const parent = locate(tree, name, 'new superior not found');
  if (tree.isWithin(parent, node)) {
    throw new LdapFailure(ResultCode.unwillingToPerform, 'cannot place an entry below itself');
  }
  return parent;
}

function preRead({ tree, controls, writer }: WriteContext, node: Node): Buffer[] {
  if (controls.preRead === undefined) return [];
  return [preReadResponse(select(tree.schema, viewNode(tree, node, writer), controls.preRead))];
}

function postRead({ tree, controls, writer }: WriteContext, node: Node): Buffer[] {
  if (controls.postRead === undefined) return [];
  return [postReadResponse(select(tree.schema, viewNode(tree, node, writer), controls.postRead))];
}

function trace({ writer, stamp }: WriteContext): Record<string, string> {
  return { entryCSN: stamp.csn, modifiersName: writer.dn, modifyTimestamp: stamp.time };
}

function withTexts(schema: Schema, entry: Entry, texts: Readonly<Record<string, string>>): Entry {
  return Object.entries(texts).reduce((changed, [name, text]) => {
    const type = schema.attribute(name);
    return type === undefined ? changed : withAttribute(changed, textAttribute(schema, type, [text]));
  }, entry);
}
