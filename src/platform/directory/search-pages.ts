// A whole subtree, page by page. It ends with the last page or throws: an incomplete answer never looks complete.
import { PagedResultsControl } from 'ldapts';
import type { DirectoryEntry } from './answer.js';
import { malformed } from './ber.js';
import { decodePageCookie } from './controls.js';
import type { DirectorySearch } from './directory-connection.js';
import { DirectoryResultError } from './directory-error.js';
import type { DirectoryPool } from './directory-pool.js';

const REFERRAL = 10;

/** Keeps one connection until the end; each page has the pool's call timeout. */
export async function* searchPages(
  pool: DirectoryPool,
  search: Omit<DirectorySearch, 'controls' | 'sizeLimit'>,
  pageSize: number,
  signal: AbortSignal,
): AsyncGenerator<readonly DirectoryEntry[], void, undefined> {
  const connection = await pool.withinCall(signal, (limit) => pool.acquire(limit));
  const seen = new Set<string>();
  let cookie: Buffer | undefined = Buffer.alloc(0);
  try {
    do {
      const control = new PagedResultsControl({ value: { size: pageSize, cookie } });
      const answer = await pool.withinCall(signal, (limit) =>
        connection.search({ ...search, controls: [control] }, limit),
      );
      if (answer.references.length > 0) {
        throw new DirectoryResultError('search', REFERRAL, `a part is at ${answer.references.join(', ')}`);
      }
      cookie = nextCookie(answer.controls, seen);
      // The cookie alone does not show a loop: 389 Directory Server sends the same one with every page.
      const page = `${cookie?.toString('hex')} ${answer.entries.length} ${answer.entries[0]?.dn}`;
      if (cookie !== undefined && seen.has(page)) throw malformed('the same page again, without end');
      seen.add(page);
      yield answer.entries;
    } while (cookie !== undefined);
  } finally {
    // Left in the middle, the server still holds the rest for this connection.
    if (cookie !== undefined) connection.close();
    pool.release(connection);
  }
}

function nextCookie(controls: ReadonlyMap<string, Buffer>, seen: ReadonlySet<string>): Buffer | undefined {
  const cookie = decodePageCookie(controls);
  if (cookie === undefined && seen.size > 0)
    throw malformed('a page that does not say whether it is the last');
  return cookie === undefined || cookie.length === 0 ? undefined : cookie;
}
