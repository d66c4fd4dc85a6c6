/**
 * A program with its other characters written as escapes: V8 keeps a text with one of them in two
 * bytes for each character. They stand in comments, strings and expressions only, where an escape
 * means the same.
 */
export function asciiScript(text: string): string {
  return text.replace(
    /[\x80-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
