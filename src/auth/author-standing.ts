// What the author of a change may do at the moment it is made. Whether they may call is known for some seconds; whoever
// was demoted meanwhile, on whatever node, must not hand out what they had.
import { loadStatement, type Transaction } from '../platform/database/index.js';
import type { Author } from './author.js';
import { grantsOf } from './domain/roles.js';

export interface AuthorRow {
  readonly id: string;
  readonly realm: string;
  readonly roles: string[];
  readonly permissions: string[];
  readonly is_disabled: boolean;
}

const shareAuthor = loadStatement('share-author', import.meta.url);
const lockAuthorAndTarget = loadStatement('lock-author-and-target', import.meta.url);

/** The author as of now, who stays so until commit. */
export async function currentAuthor(transaction: Transaction, author: Author): Promise<Author> {
  return withGrantsOf(author, await transaction.query<AuthorRow>(shareAuthor, [author.id]));
}

/** The same, with the operator or service that the change is about: locked in one order, whoever changes whom. */
export async function currentAuthorBefore(
  transaction: Transaction,
  author: Author,
  targetId: string,
): Promise<Author> {
  return withGrantsOf(author, await transaction.query<AuthorRow>(lockAuthorAndTarget, [author.id, targetId]));
}

/** @param rows locked, with the author's among them when there still is one */
export function withGrantsOf(author: Author, rows: readonly AuthorRow[]): Author {
  if (author.id === null) return author;
  const row = rows.find(({ id }) => id === author.id);
  if (row === undefined || row.is_disabled) return { ...author, grants: [] };
  return { ...author, grants: row.realm === 'service' ? row.permissions : grantsOf(row.roles) };
}
