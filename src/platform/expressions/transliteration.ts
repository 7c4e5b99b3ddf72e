// Names in ASCII, for logins and mail addresses. Letter by letter: it does not know which language a name is from.

/** Letters that Unicode does not decompose (NFKD). */
const latin = `ß ss æ ae œ oe ø o đ d ð d þ th ł l ħ h ŧ t ŋ ng ı i ĸ k ə e ɛ e ɔ o ɓ b ɗ d ƙ k ɣ g ǥ g
 ’ ' ‘ ' ʼ ' ʹ ' “ " ” " „ " « " » " ‐ - ‑ - ‒ - – - — - − -`;

/** ICAO Doc 9303 part 3, section 6, as in passports: one table for all languages that write Cyrillic. */
const cyrillic = `а a б b в v г g ґ g д d ђ d е e є ie ж zh з z ѕ dz и i і i ј j к k л l љ lj м m н n њ nj о o п p р r
 с s т t ћ c у u ф f х kh ц ts ч ch џ dz ш sh щ shch ъ ie ы y э e ю iu я ia`;

/** ELOT 743, one letter at a time; the digraph ου is handled apart. */
const greek =
  'α a β v γ g δ d ε e ζ z η i θ th ι i κ k λ l μ m ν n ξ x ο o π p ρ r σ s ς s τ t υ y φ f χ ch ψ ps ω o';

const letters: ReadonlyMap<string, string> = new Map([
  ['ẞ', 'Ss'],
  ...[latin, cyrillic, greek].flatMap((table) => bothCases(table.trim().split(/\s+/u))),
]);

function bothCases(table: string[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let at = 0; at < table.length; at += 2) {
    const [letter = '', ascii = ''] = table.slice(at);
    const capital = letter.toUpperCase();
    pairs.push([letter, ascii]);
    if (capital !== letter && capital.length === 1)
      pairs.push([capital, ascii.charAt(0).toUpperCase() + ascii.slice(1)]);
  }
  return pairs;
}

/** The text in printable ASCII: marks are stripped, Latin, Greek and Cyrillic letters replaced, all else is dropped. */
export function toAscii(text: string): string {
  const bare = text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(
      /([οΟ])([υΥ])/gu,
      (_, o: string, y: string) => (o === 'ο' ? 'o' : 'O') + (y === 'υ' ? 'u' : 'U'),
    );
  let ascii = '';
  for (const letter of bare) ascii += letter >= ' ' && letter <= '~' ? letter : (letters.get(letter) ?? '');
  return ascii;
}
