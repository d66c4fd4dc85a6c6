/**
 * Joins ES modules into one classic script, so that a page which may run nothing but what has a known
 * digest needs no second request: each module becomes a function, and its imports are what others
 * returned. It understands what the dashboard and its packages use: imports and exports by name, one
 * default export, no import of all, no import for its effects, and no module that runs later.
 */

/** A module's name, as others import it, and its text. */
export type Module = readonly [name: string, text: string];

const NAMES = String.raw`\{([^{}]*)\}`;
const IMPORT = new RegExp(
  String.raw`^import\s*(?:([\w$]+)|${NAMES})\s*from\s*["']([^"']+)["'];?`,
  "gm",
);
const EXPORTED_LIST = new RegExp(String.raw`(^|[;}])export\s*${NAMES};?`, "gm");
const EXPORTED_DEFAULT = /(^|[;}])export default (?=function\b)/gm;
const EXPORTED = /^export (?=(?:async )?(?:function\*?|class|const|let) ([\w$]+))/gm;

/**
 * @param modules each after those that it imports
 * @throws Error when one imports what is not before it
 */
export function linkModules(modules: readonly Module[]): string {
  const known = new Set<string>();
  const functions = modules.map(([name, text]) => {
    const body = asFunction(name, text, known);
    known.add(name);
    return `$[${JSON.stringify(name)}]=(()=>{"use strict";${body}\n})();`;
  });
  return `{const $={};\n${functions.join("\n")}\n}`;
}

function asFunction(name: string, text: string, known: ReadonlySet<string>): string {
  const exports: string[] = [];
  const body = text.replace(/^\/\/# sourceMappingURL=.*$/gm, "")
    .replace(IMPORT, (_all, whole: string | undefined, names: string | undefined, from: string) => {
      if (!known.has(from)) throw new Error(`${name} imports ${from}, which is not before it`);
      const wanted = whole === undefined ? renamed(names ?? "") : `default:${whole}`;
      return `const{${wanted}}=$[${JSON.stringify(from)}];`;
    })
    .replace(EXPORTED_LIST, (_all, before: string, names: string) => {
      for (const part of names.split(",").map((part) => part.trim()).filter(Boolean)) {
        const [own, other = own] = part.split(/\s+as\s+/);
        exports.push(`${other}:${own}`);
      }
      return before;
    })
    .replace(EXPORTED_DEFAULT, (_all, before: string) => {
      exports.push("default:$default");
      return `${before}const $default=`;
    })
    .replace(EXPORTED, (_all, own: string) => {
      exports.push(own);
      return "";
    });
  const left = /^(?:import|export)\b.*$/m.exec(body);
  if (left !== null) throw new Error(`${name}: ${left[0].slice(0, 80)} is not understood`);
  return `${body};return{${exports.join(",")}};`;
}

/** `a as b, c` of an import, as a pattern. */
function renamed(names: string): string {
  return names.replace(/\s+as\s+/g, ":");
}
