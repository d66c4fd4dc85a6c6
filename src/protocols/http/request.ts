import { parseQuery } from "./properties.ts";
import type { Seat } from "./seat.ts";
import type { Target } from "./target.ts";
import type { Fields } from "./wire/fields.ts";
import type { HeaderList } from "./wire/response.ts";

/** A request whose client was accepted. */
export interface Asked {
  readonly method: string;
  readonly fields: Fields;
  readonly target: Target;
  readonly seat: Seat;
  /** Headers of every response. */
  readonly common: HeaderList;
  /** What a folder shows: "true", "false" or a file's name. */
  readonly index: string;
}

/** Query parameters of the request, for publications and subscriptions. */
export function parametersOf({ target }: Asked): Map<string, string> {
  return parseQuery(target.query);
}

/** Headers of the response under way, with the cookies that the script set. */
export function headersOf({ seat, common }: Asked, ...more: HeaderList): HeaderList {
  const headers = [...common];
  for (const cookie of seat.takeCookies()) headers.push(["set-cookie", cookie]);
  headers.push(...more);
  return headers;
}
