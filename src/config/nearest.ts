/** How many letters must be put in, left out, changed or swapped to make `a` into `b`. */
export function distance(a: string, b: string): number {
  const width = b.length + 1;
  let older: number[] = [];
  let above = Array.from({ length: width }, (_, i) => i);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column < width; column++) {
      const same = a[row - 1] === b[column - 1];
      let least = Math.min(
        cell(above, column) + 1,
        cell(current, column - 1) + 1,
        cell(above, column - 1) + (same ? 0 : 1),
      );
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        least = Math.min(least, cell(older, column - 2) + 1);
      }
      current.push(least);
    }
    older = above;
    above = current;
  }
  return cell(above, width - 1);
}

const cell = (row: number[], column: number): number => row[column] ?? Infinity;

/** The word that `name` was most likely meant to be: at most two slips, in words long enough. */
export function nearest(name: string, words: Iterable<string>): string | undefined {
  const wanted = name.toLowerCase();
  let best: string | undefined;
  let least = Math.min(2.5, wanted.length / 2);
  for (const word of words) {
    const slips = distance(wanted, word.toLowerCase());
    if (slips < least) [best, least] = [word, slips];
  }
  return best;
}
