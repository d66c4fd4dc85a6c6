/**
 * The text without those of `characters` that it ends with, in a time that grows with its length:
 * a regular expression such as `/ +$/` begins anew at each of them, and takes the square.
 */
export function trimmedEnd(text: string, characters: string): string {
  let end = text.length;
  while (end > 0 && characters.includes(text[end - 1]!)) end--;
  return text.slice(0, end);
}

/** The same for both ends. */
export function trimmed(text: string, characters: string): string {
  let start = 0;
  while (start < text.length && characters.includes(text[start]!)) start++;
  return trimmedEnd(text.slice(start), characters);
}
