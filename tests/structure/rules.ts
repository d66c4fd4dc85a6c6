/** One import as `deno info --json` reports it: where to, and whether only types cross. */
export interface Import {
  to: string;
  typeOnly: boolean;
}

/** A file of the project, by its path from the project's root, with `/` between folders. */
export interface SourceFile {
  path: string;
  text: string;
  imports: Import[];
}

/** Every room and its rank: a file imports its own room, or the `mod.ts` of a lower rank. */
export const ranks: ReadonlyMap<string, number> = new Map([
  ["bytes", 0],
  ["base", 0],
  ["crypto", 0],
  ["assets", 1],
  ["config", 1],
  ["logs", 1],
  ["codecs", 1],
  ["media", 2],
  ["hub", 3],
  ["net", 2],
  ["access", 4],
  ["flash", 4],
  ["recordings", 4],
  ["protocols/rtmp", 5],
  ["protocols/rtmfp", 5],
  ["protocols/http", 5],
  ["protocols/hls", 5],
  ["protocols/websocket", 5],
  ["services", 5],
  ["cluster", 5],
  ["script", 6],
  ["admin", 6],
  ["cli", 7],
  ["server", 8],
  ["main", 9],
]);

/** Where the outside world may be touched: files, sockets, processes, the environment. */
const outside =
  /^(main\.ts|src\/(server|net|logs|config|assets|cli|services|crypto\/native|recordings\/disk)\/.+|src\/script\/applications.*)$/;

/** Where the system's own libraries may be called: a fault there ends the process. */
const native = /^src\/(net|crypto)\/native\//;

/** Where time is an argument: neither clock nor timer is read here. */
const timeless = /^src\/(bytes|crypto|codecs|media|hub|flash|protocols\/(rtmp|rtmfp))\//;

const nodeOutside =
  /^node:(fs|fs\/promises|net|dgram|http|https|http2|tls|child_process|os|process|sqlite|worker_threads|dns)$/;

export const maxLines = 500;

/** The room a file of the project belongs to; undefined when the table has none. */
export function roomOf(path: string): string | undefined {
  if (path === "main.ts") return "main";
  const [top, ...below] = path.split("/");
  if (top !== "src" || below.length === 0) return undefined;
  let room = below[0] as string;
  if (below.length === 1) room = room.replace(/\.ts$/, "");
  else if (room === "protocols") room = below.slice(0, 2).join("/");
  return ranks.has(room) ? room : undefined;
}

/** Source without comments and without the contents of strings, lines kept. */
export function codeOnly(text: string): string {
  const token =
    /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\[\s\S]|[^`\\])*`/g;
  return text.replace(token, (found) => {
    if (found.startsWith("/")) return found.replace(/[^\n]/g, " ");
    if (found.startsWith("`")) return (found.match(/\$\{[^}]*\}|\n/g) ?? []).join("");
    return '""';
  });
}

/** What breaks the rules, one sentence each, sorted. */
export function violations(files: SourceFile[]): string[] {
  const found = files.flatMap((file) => [
    ...roomFaults(file),
    ...importFaults(file),
    ...callFaults(file),
    ...sizeFaults(file),
  ]);
  return [...found, ...cycles(files)].sort();
}

function roomFaults({ path }: SourceFile): string[] {
  return roomOf(path) === undefined ? [`${path} is in no room of the rank table`] : [];
}

function importFaults({ path, imports }: SourceFile): string[] {
  const room = roomOf(path);
  return imports.flatMap(({ to }) => {
    if (nodeOutside.test(to)) {
      return outside.test(path) ? [] : [`${path} imports ${to}: the outside world is not its room`];
    }
    if (!to.endsWith(".ts") || room === undefined) return [];
    const target = roomOf(to);
    if (target === room) return [];
    if (target === undefined) return [`${path} imports ${to}, which is in no room`];
    const rank = ranks.get(room) ?? 0;
    const below = ranks.get(target) ?? 0;
    if (below >= rank) {
      return [`${path} (${room}, rank ${rank}) imports ${to} (${target}, rank ${below})`];
    }
    if (to.split("/").length > 2 && !to.endsWith("/mod.ts")) {
      return [`${path} imports ${to} past the mod.ts of ${target}`];
    }
    return [];
  });
}

function callFaults({ path, text }: SourceFile): string[] {
  const code = codeOnly(text);
  const faults: string[] = [];
  const report = (pattern: RegExp, why: string) => {
    for (const match of code.matchAll(pattern)) {
      const line = code.slice(0, match.index).split("\n").length;
      faults.push(`${path}:${line} ${why} ${match[0].replace(/\s+/g, "")}`);
    }
  };
  if (!native.test(path)) report(/(?<![\w.$])Deno\s*\.\s*(dlopen|Unsafe\w+)/g, "uses");
  if (!outside.test(path)) report(/(?<![\w.$])Deno\s*\.\s*\w+/g, "uses");
  if (timeless.test(path)) {
    report(/(?<![\w.$])(Date\.now|performance\.now|setTimeout|setInterval)\b/g, "reads the clock:");
  }
  return faults;
}

function sizeFaults({ path, text }: SourceFile): string[] {
  const lines = text.split("\n").length - 1;
  return lines > maxLines ? [`${path} has ${lines} lines, over ${maxLines}`] : [];
}

/** Cycles among imports that run; types may point back inside their room. */
function cycles(files: SourceFile[]): string[] {
  const next = new Map(
    files.map((file) => [file.path, file.imports.filter((i) => !i.typeOnly).map((i) => i.to)]),
  );
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, trail: string[]) => {
    const at = trail.indexOf(path);
    if (at >= 0) found.push(`cycle: ${[...trail.slice(at), path].join(" -> ")}`);
    if (at >= 0 || done.has(path)) return;
    for (const to of next.get(path) ?? []) visit(to, [...trail, path]);
    done.add(path);
  };
  for (const path of next.keys()) visit(path, []);
  return found;
}
