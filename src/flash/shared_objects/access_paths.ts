/**
 * Which objects a client may read or write: names and folders of names, separated by semicolons, as
 * in Adobe's `client.readAccess`. "/" is everything, "" nothing, `rooms;lobby/` are `rooms`,
 * `rooms/…`, `lobby` and `lobby/…`.
 */
export class AccessPaths {
  readonly text: string;
  readonly #paths: readonly string[];

  constructor(text: string) {
    this.text = text;
    const paths = text.split(";").map((path) => path.trim()).filter((path) => path !== "");
    this.#paths = paths.map((path) => path.replace(/^\/+|\/+$/g, ""));
  }

  allows(name: string): boolean {
    const plain = name.replace(/^\/+/, "");
    return this.#paths.some((path) =>
      path === "" || plain === path || plain.startsWith(`${path}/`)
    );
  }
}

/** What a client may do until a script says otherwise. */
export const ALL_PATHS = new AccessPaths("/");
