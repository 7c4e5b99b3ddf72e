// When two texts are the same to a person and to a directory: RFC 4518 §2 (case fold, NFKC, nothing invisible).

const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu;
const SEARCHED_CHARACTERS = 200;
const HALF_A_PAIR_AT_THE_END = /[\ud800-\udbff]$/;

/**
 * Equal for texts that differ only in case, in composition, in blanks or in invisible characters; may be empty.
 * Made here, because what PostgreSQL's lower() does depends on the database's locale.
 */
export function foldedText(text: string): string {
  return (
    text
      .replace(INVISIBLE, '')
      .normalize('NFKC')
      // Down, up, down: ẞ, ß and SS meet, and so do σ and ς.
      .toLowerCase()
      .toUpperCase()
      .toLowerCase()
      .normalize('NFKC')
      .replace(/\s+/gu, ' ')
      .trim()
  );
}

/** The beginning of a folded text, short enough for an index; a search cuts what it looks for the same way. */
export function searchKey(text: string): string {
  return foldedText(text).slice(0, SEARCHED_CHARACTERS).replace(HALF_A_PAIR_AT_THE_END, '');
}
