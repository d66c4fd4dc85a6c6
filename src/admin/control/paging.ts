import { type Field, type Fields, text, whole, word } from "./field.ts";

/** Items of one page, at most. */
const LARGEST_PAGE = 500;
const USUAL_PAGE = 50;
/** The last page that can be asked for; empty ones are answered as such. */
const LAST_PAGE = 1_000_000;

/** A part of a long list. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Of all pages. */
  readonly total: number;
  readonly page: number;
  readonly size: number;
}

/** Which part of a list is wanted, in which order. */
export interface Wanted {
  readonly page: number;
  readonly size: number;
  readonly sort: string;
  readonly search: string;
}

/** What a list can be sorted by: a text upwards, a number downwards, the other way with a minus. */
export type Orders<T> = Readonly<Record<string, (item: T) => string | number>>;

/** The fields of a list's query; without a sort the list has its own order. */
export function pageFields<T>(orders: Orders<T>) {
  const keys = Object.keys(orders).flatMap((key) => [key, `-${key}`]);
  return {
    page: whole(0, [0, LAST_PAGE], "Which page, from 0."),
    size: whole(USUAL_PAGE, [1, LARGEST_PAGE], "Items of a page."),
    sort: word("", keys, "Largest numbers first, texts by the alphabet; a minus turns that round."),
    search: text("A part of one of the texts that are shown, in any case."),
  } satisfies Fields & { [name: string]: Field<unknown> };
}

/** How the items of a list are sorted, searched and shown. */
export interface Listing<T, S> {
  readonly orders?: Orders<T>;
  /** What a search looks through. */
  readonly texts: (item: T) => readonly string[];
  /** Called for the items of the wanted page alone. */
  readonly show: (item: T) => S;
}

/** The wanted part of a list. */
export function paged<T, S>(
  all: Iterable<T>,
  { page, size, sort, search }: Wanted,
  { orders = {}, texts, show }: Listing<T, S>,
): Page<S> {
  const part = search.toLowerCase();
  const found = part === ""
    ? [...all]
    : [...all].filter((item) => texts(item).some((text) => text.toLowerCase().includes(part)));
  const order = orders[sort.replace(/^-/, "")];
  if (order !== undefined) sortBy(found, order, sort.startsWith("-"));
  const start = page * size;
  const items = found.slice(start, start + size).map(show);
  return { items, total: found.length, page, size };
}

/** Each key is made once; equal ones stay in their order. */
function sortBy<T>(items: T[], order: (item: T) => string | number, isTurned: boolean): void {
  const keyed = items.map((item) => ({ item, key: order(item) }));
  const sign = isTurned ? -1 : 1;
  keyed.sort(({ key: a }, { key: b }) => {
    if (typeof a === "number" && typeof b === "number") return sign * (b - a);
    return sign * (a < b ? -1 : a > b ? 1 : 0);
  });
  for (const [at, { item }] of keyed.entries()) items[at] = item;
}
