/** Writes MonaServer.ini and docs/configuration.md from the table of keys. */
import { renderIni, renderMarkdown } from "../src/config/mod.ts";

const root = new URL("../", import.meta.url);
await Deno.writeTextFile(new URL("MonaServer.ini", root), renderIni());

const page = new URL("docs/configuration.md", root);
const [prose = ""] = (await Deno.readTextFile(page)).split("<!-- keys -->");
await Deno.writeTextFile(page, `${prose}<!-- keys -->\n\n${renderMarkdown()}`);
