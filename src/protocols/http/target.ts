import { HttpError } from "./wire/error.ts";

/** What a request's URL asks for. */
export interface Target {
  /** Path of the application: "" for the root, else "/a/b". */
  readonly application: string;
  /** The last component of the path: a file or a method; "" when the path ends with a slash. */
  readonly name: string;
  /** What follows "?", or "". */
  readonly query: string;
}

/** No component of a path may hold these once it is decoded. */
// deno-lint-ignore no-control-regex
const FORBIDDEN = /[\x00-\x1f\x7f/\\]/;

/**
 * Takes a request's target apart.
 * @param target path and query, as the client sent them
 * @throws HttpError 400 for a path that is not plainly below the root
 */
export function parseTarget(target: string): Target {
  const hash = target.indexOf("#");
  const whole = hash === -1 ? target : target.slice(0, hash);
  const mark = whole.indexOf("?");
  const path = mark === -1 ? whole : whole.slice(0, mark);
  const query = mark === -1 ? "" : whole.slice(mark + 1);
  const components: string[] = [];
  for (const part of path.split("/")) {
    const component = part.includes("%") ? decode(part) : part;
    if (component === "" || component === ".") continue;
    if (component === ".." || FORBIDDEN.test(component)) {
      throw new HttpError(400, `The path ${path} is no path of this server`);
    }
    components.push(component);
  }
  const isFolder = path.endsWith("/") || path.endsWith("/.");
  const name = isFolder ? "" : components.pop() ?? "";
  const application = components.length === 0 ? "" : `/${components.join("/")}`;
  return { application, name, query };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new HttpError(400, `The path holds ${part}, which is no UTF-8`);
  }
}

/** The path of a folder or file as it stands in a URL. */
export function encodePath(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}

/** The extension of a file name, in lower case and without its dot; "" for none. */
export function extensionOf(name: string): string {
  const dot = name.lastIndexOf(".");
  return dot <= 0 ? "" : name.slice(dot + 1).toLowerCase();
}
