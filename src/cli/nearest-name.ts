/** The known name that a mistyped one most likely meant: at most a third of its letters are other, more, less or swapped. */
export function nearestName(name: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.floor(name.length / 3) + 1;
  for (const candidate of known) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Optimal string alignment: two neighbours that changed places are one edit, for that is how people mistype. */
function editDistance(left: string, right: string): number {
  const distances = [Array.from({ length: right.length + 1 }, (_, column) => column)];
  const at = (row: number, column: number): number => distances[row]?.[column] ?? Infinity;
  for (let row = 1; row <= left.length; row += 1) {
    distances.push([row]);
    for (let column = 1; column <= right.length; column += 1) {
      const isSame = left[row - 1] === right[column - 1];
      const isSwapped = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      distances[row]?.push(
        Math.min(
          at(row - 1, column - 1) + (isSame ? 0 : 1),
          at(row - 1, column) + 1,
          at(row, column - 1) + 1,
          isSwapped ? at(row - 2, column - 2) + 1 : Infinity,
        ),
      );
    }
  }
  return at(left.length, right.length);
}

/** “ Did you mean X?”, or nothing. */
export function didYouMean(name: string, known: Iterable<string>, prefix = ''): string {
  const nearest = nearestName(name, known);
  return nearest === undefined ? '' : ` Did you mean ${prefix}${nearest}?`;
}
