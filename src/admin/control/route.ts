import type { BodySource } from "../../protocols/http/mod.ts";
import { type Field, type Fields, type Read, readFields } from "./field.ts";
import type { Schema } from "./schema.ts";

/** What is known of a request beside its fields. */
export interface Caller {
  /** `host:port` of the peer. */
  readonly address: string;
  /** The `Last-Event-ID` header: the newest event that a reader of events has seen. */
  readonly lastEvent: string | undefined;
}

/** A body without end, in place of a value. */
export class Stream {
  /** Content type. */
  readonly type: string;
  readonly body: BodySource;

  constructor(type: string, body: BodySource) {
    this.type = type;
    this.body = body;
  }
}

/** Content type of server-sent events. */
export const EVENTS_TYPE = "text/event-stream";

/** A request's parts as texts: those of its path by name, its query, and the body of an act. */
export interface Given {
  readonly path: ReadonlyMap<string, string>;
  readonly fields: Iterable<readonly [string, unknown]>;
  readonly caller: Caller;
}

/** One thing that can be asked, or done. */
export interface Route {
  readonly method: "GET" | "POST" | "DELETE";
  /** Below `/api/v1`, with names in braces: `/clients/{id}/kick`. */
  readonly path: string;
  readonly summary: string;
  /** Of the query where it is asked, of the body where something is done. */
  readonly fields: Fields;
  readonly answer: Schema;
  /** Content type of what is written in place of JSON; undefined for JSON. */
  readonly stream: string | undefined;
  /** @throws HttpError */
  respond(given: Given): Respond;
}

/** A request whose fields are good. */
export interface Respond {
  /** What it brings, for its line in the log; without what must not be there. */
  readonly told: string;
  /** @throws HttpError, or rejects with it */
  run(): unknown;
}

/** What a route is made of. */
interface Definition<F extends Fields> {
  readonly summary: string;
  readonly fields?: F;
  readonly answer: Schema;
  /** Content type of what is answered in place of JSON. */
  readonly stream?: string;
  /** What the log says of an act's fields; by default all of them. */
  tell?(fields: Read<F>): string;
  /** `path` gives the texts of the names in braces. */
  respond(fields: Read<F>, path: (name: string) => string, caller: Caller): unknown;
}

/** Something that is asked: nothing changes by it. */
export function ask<F extends Fields>(path: string, definition: Definition<F>): Route {
  return route("GET", path, definition);
}

/** Something that is done: each is one line of the log. */
export function act<F extends Fields>(path: string, definition: Definition<F>): Route {
  return route("POST", path, definition);
}

/** Something that is taken away. */
export function removal(path: string, definition: Definition<Record<never, Field<never>>>): Route {
  return route("DELETE", path, definition);
}

function route<F extends Fields>(
  method: Route["method"],
  path: string,
  { summary, fields = {} as F, answer, stream, tell = toldOf, respond }: Definition<F>,
): Route {
  return {
    method,
    path,
    summary,
    fields,
    answer,
    stream,
    respond({ path, fields: given, caller }) {
      const read = readFields(fields, given);
      return {
        told: tell(read),
        run: () => respond(read, (name) => path.get(name) ?? "", caller),
      };
    },
  };
}

/** The fields that are not empty. */
function toldOf(fields: Readonly<Record<string, unknown>>): string {
  return Object.entries(fields).filter(([, value]) => value !== "")
    .map(([name, value]) => `${name} ${JSON.stringify(value)}`).join(", ");
}

/**
 * The texts of a path's names; undefined when the path is another one. Parts are percent-encoded,
 * so that a name may hold slashes.
 */
export function matchPath(pattern: string, path: string): Map<string, string> | undefined {
  const wanted = pattern.split("/");
  const parts = path.split("/");
  if (wanted.length !== parts.length) return undefined;
  const found = new Map<string, string>();
  for (const [at, part] of parts.entries()) {
    const name = /^\{(\w+)\}$/.exec(wanted[at]!)?.[1];
    if (name === undefined) {
      if (wanted[at] !== part) return undefined;
      continue;
    }
    try {
      found.set(name, decodeURIComponent(part));
    } catch {
      return undefined;
    }
  }
  return found;
}
