const LONGEST = 200;

/** What a program says about itself, fit to be shown: one line of visible characters; null when nothing is left. */
export function clientName(userAgent: string | undefined): string | null {
  const characters = (userAgent ?? '')
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim()
    .match(/./gu);
  return characters === null ? null : characters.slice(0, LONGEST).join('').trim();
}
