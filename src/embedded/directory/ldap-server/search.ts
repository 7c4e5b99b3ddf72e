// Search (RFC 4511 §4.5) with paged results (RFC 2696), over the entries as they are when they are sent.
import type { Identity } from './access.js';
import { pagedResultsResponse } from './protocol/controls.js';
import type { RequestControls } from './protocol/controls.js';
import type { Filter } from './protocol/filter.js';
import type { SearchRequest } from './protocol/request.js';
import type { LdapResult, SearchEntry } from './protocol/response.js';
import { LdapFailure, ResultCode } from './protocol/result.js';
import { compileFilter, requiredValues } from './tree/filter-match.js';
import type { Matcher } from './tree/filter-match.js';
import type { DirectoryTree, Node } from './tree/tree.js';
import { select, viewNode } from './view.js';
import type { VisibleEntry } from './view.js';

/** How far a search has come. */
interface Cursor {
  readonly nodes: readonly Node[];
  readonly matches: Matcher;
  at: number;
  sent: number;
}

/** One client, from its connection to its end. */
export interface Session {
  identity: Identity;
  /** The last page's search, while there is more. Like OpenLDAP, one at a time for a connection. */
  paging?: Cursor | undefined;
  /** Pages given so far; the number of the last one is the cookie that leads on. */
  pages: bigint;
}

const COOKIE_LENGTH = 8;

type Found = Generator<SearchEntry, LdapResult>;

/** Yields what is found below (or at) a node of the tree, then answers the result. */
export function* searchTree(
  tree: DirectoryTree,
  base: Node,
  request: SearchRequest,
  { paged }: RequestControls,
  session: Session,
): Found {
  const cursor = (paged && continued(paged, session)) ?? begin(tree, base, request);
  const limit = request.sizeLimit === 0 ? Infinity : request.sizeLimit;
  const pageEnd = paged === undefined ? Infinity : cursor.sent + paged.size;
  if (paged !== undefined) session.paging = undefined;
  for (; cursor.sent < Math.min(limit, pageEnd); cursor.at += 1) {
    const visible = nextMatch(tree, cursor, session.identity);
    if (visible === undefined) break;
    cursor.sent += 1;
    yield select(tree.schema, visible, request.attributes, request.typesOnly ? 'types-only' : 'values');
  }
  // Looked for already now: the last page should say that it is the last.
  const isOver = nextMatch(tree, cursor, session.identity) === undefined;
  const code = !isOver && cursor.sent >= limit ? ResultCode.sizeLimitExceeded : ResultCode.success;
  if (paged === undefined) return { code };
  const isAbandoned = paged.size === 0 && paged.cookie.length > 0;
  const goesOn = !isOver && !isAbandoned && code === ResultCode.success;
  return { code, controls: [pagedResultsResponse(goesOn ? keep(cursor, session) : Buffer.alloc(0))] };
}

/** Answers a search for one entry outside the tree. */
export function* searchEntry(tree: DirectoryTree, visible: VisibleEntry, request: SearchRequest): Found {
  if (compileFilter(request.filter, tree.schema)(visible.read) === true) {
    yield select(tree.schema, visible, request.attributes, request.typesOnly ? 'types-only' : 'values');
  }
  return { code: ResultCode.success };
}

function continued({ size, cookie }: { size: number; cookie: Buffer }, session: Session): Cursor | undefined {
  if (size < 0) throw new LdapFailure(ResultCode.protocolError, 'paged results control size is negative');
  if (cookie.length === 0) return undefined;
  const page = cookie.length === COOKIE_LENGTH ? cookie.readBigUInt64BE() : undefined;
  if (page === undefined || page > session.pages) {
    throw new LdapFailure(ResultCode.protocolError, 'paged results cookie is invalid');
  }
  if (page < session.pages || session.paging === undefined) {
    throw new LdapFailure(ResultCode.unwillingToPerform, 'paged results cookie is invalid or old');
  }
  return session.paging;
}

/** The cookie with which the next page is asked for. */
function keep(cursor: Cursor, session: Session): Buffer {
  session.paging = cursor;
  session.pages += 1n;
  const cookie = Buffer.alloc(COOKIE_LENGTH);
  cookie.writeBigUInt64BE(session.pages);
  return cookie;
}

function begin(tree: DirectoryTree, base: Node, { scope, filter }: SearchRequest): Cursor {
  // A copy: the tree may change while a slow client takes its entries.
  const nodes = [...candidates(tree, base, scope, filter)];
  return { nodes, matches: compileFilter(filter, tree.schema), at: 0, sent: 0 };
}

function candidates(
  tree: DirectoryTree,
  base: Node,
  scope: SearchRequest['scope'],
  filter: Filter,
): Iterable<Node> {
  if (scope === 'base') return [base];
  const indexed = requiredValues(filter, tree.schema)
    .map(({ type, key }) => tree.indexed(type.name, key))
    .find((nodes) => nodes !== undefined);
  if (scope === 'one') {
    return indexed === undefined
      ? base.children.values()
      : [...indexed].filter(({ parent }) => parent === base);
  }
  const all =
    indexed === undefined
      ? [...tree.subtree(base)]
      : [...indexed].filter((node) => tree.isWithin(node, base));
  return scope === 'sub' ? all : all.filter((node) => node !== base);
}

/** Moves the cursor to the next entry that matches and still exists, unless it is at one. */
function nextMatch(tree: DirectoryTree, cursor: Cursor, identity: Identity): VisibleEntry | undefined {
  for (; cursor.at < cursor.nodes.length; cursor.at += 1) {
    const node = cursor.nodes[cursor.at];
    if (node === undefined || tree.byUuid(node.uuid) !== node) continue;
    const visible = viewNode(tree, node, identity);
    if (cursor.matches(visible.read) === true) return visible;
  }
  return undefined;
}
