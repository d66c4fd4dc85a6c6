/**
 * A program whose `import()` of one of the `files` beside it names it by an expression: what Deno
 * finds named by a literal it reads at the start and keeps, though it may never be imported.
 */
export function laterImports(text: string, files: readonly string[]): string {
  return files.reduce(
    (result, file) =>
      result.replaceAll(
        `import("./${file}")`,
        () => `import(new URL("./${file}",import.meta.url).href)`,
      ),
    text,
  );
}
