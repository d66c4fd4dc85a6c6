/** The code block of a page of docs/ in that language that has that text. */
export async function example(page: string, language: string, text: string): Promise<string> {
  const markdown = await Deno.readTextFile(new URL(`../../docs/${page}.md`, import.meta.url));
  for (const [, found, code = ""] of markdown.matchAll(/^```(\w+)\n([^]*?)^```$/gm)) {
    if (found === language && code.includes(text)) return code;
  }
  throw new Error(`docs/${page}.md has no ${language} with ${text}`);
}
