import { deepEqual, ok } from "node:assert/strict";
import project from "../../deno.json" with { type: "json" };
import { parseCommandLine } from "../../src/cli/command_line.ts";
import { namedKeys } from "../../src/config/mod.ts";

const root = new URL("../../", import.meta.url);
const folder = [...Deno.readDirSync(new URL("docs/", root))].map(({ name }) => `docs/${name}`);
const pages = ["README.md", "ARCHITECTURE.md", ...folder.sort()].map((path) =>
  [path, Deno.readTextFileSync(new URL(path, root))] as const
);

/** Code of the pages: lines of shell blocks, and what stands between backticks. */
const code = pages.flatMap(([page, text]) =>
  [
    ...[...text.matchAll(/^```sh\n([^]*?)^```$/gm)].flatMap(([, block = ""]) => block.split("\n")),
    ...[...text.matchAll(/`([^`\n]+)`/g)].map(([, span = ""]) => span),
  ].map((line) => [page, line.replace(/ #.*/, "").trim()] as const)
);

/** What is wrong with a command line of the program, else "". */
function complaint(args: string): string {
  let said = "";
  const output = { out() {}, err: (text: string) => void (said += text) };
  const words = args.split(/\s+/).filter((word) => word !== "");
  const request = parseCommandLine(words, { version: "", cwd: "/", output });
  return request.do === "nothing" && request.exitCode !== 0 ? said : "";
}

Deno.test("every command line of the program in the documentation is one that it takes", () => {
  const found = code.flatMap(([page, line]) => {
    const command = /(?:^|\/)monaserver( [^:…]*)?$|deno(?:@[\d.]+)? task start( [^…]*)?$/.exec(
      line,
    );
    if (command === null || line.startsWith("install ")) return [];
    return [[page, line, complaint(command[1] ?? command[2] ?? "")] as const];
  });
  ok(found.length > 12, `only ${found.length} commands`);
  deepEqual(found.filter(([, , said]) => said !== ""), []);
});

Deno.test("every task that the documentation names exists", () => {
  const named = code.flatMap(([page, span]) => {
    const name = /^(?:npx -y )?(?:deno(?:@[\d.]+)? )?task ([\w:]+)/.exec(span)?.[1];
    return name === undefined ? [] : [[page, name] as const];
  });
  ok(named.length > 12, `only ${named.length} tasks`);
  deepEqual(named.filter(([, name]) => !(name in project.tasks)), []);
});

Deno.test("every key that the documentation names with its section exists", () => {
  const keys = new Set(namedKeys.map(({ path }) => path.toLowerCase()));
  const sections = new Set([...keys].map((key) => key.split(".")[0] as string));
  const spelled = new Set(namedKeys.map(({ path }) => path.split(".")[0] as string));
  const named = code.flatMap(([page, span]) => {
    const [, section, key] = /^\[?(\w+)(?:\] |\.)(\w+)(?:=.*)?$/.exec(span) ?? [];
    if (section === undefined || key === undefined) return [];
    const isSection = /^[A-Z]/.test(section) && spelled.has(section);
    const isKey = /^\[/.test(span) || isSection || keys.has(`${section}.${key}`);
    return isKey && sections.has(section.toLowerCase()) ? [[page, `${section}.${key}`]] : [];
  });
  ok(named.length > 30, `only ${named.length} keys`);
  deepEqual(named.filter(([, path]) => !keys.has((path as string).toLowerCase())), []);
});

Deno.test("every file of this repository that the documentation names is there", () => {
  const missing = code.filter(([, span]) => {
    if (!/^(src|tests|bench|tools|docs|www)\/[\w./-]+$/.test(span)) return false;
    // www/ is the reader's folder too; what ships with it is one of two applications.
    if (span.startsWith("www/") && !/^www\/(chat|live|main\.lua)/.test(span)) return false;
    try {
      return !Deno.statSync(new URL(span, root));
    } catch {
      return true;
    }
  });
  deepEqual(missing, []);
});
