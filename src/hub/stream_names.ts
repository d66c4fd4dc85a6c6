import { Refusal } from "./refusal.ts";

/** A stream's name, taken apart. */
export interface LocalName {
  /** "" for the root, and where names belong to the whole server; else "/a/b". */
  readonly application: string;
  /** What clients of the application call it. */
  readonly localName: string;
}

/**
 * What streams are called on this server. Where names are the applications' own, one is that of its
 * application with that of the stream behind it, `live/test`, and each belongs to one application:
 * that with the longest path.
 */
export class StreamNames {
  /** Names are the applications' own. */
  readonly areLocal: boolean;
  readonly #hasApplication: (path: string) => boolean;

  constructor(of: "server" | "application", hasApplication: (path: string) => boolean) {
    this.areLocal = of === "application";
    this.#hasApplication = hasApplication;
  }

  /**
   * The name on this server of what clients of an application call a stream.
   * @param path "" for the root, else "/a/b"
   * @param code of the refusal
   * @throws Refusal where that is a stream of an application below
   */
  nameOf(path: string, localName: string, code: string): string {
    if (!this.areLocal || localName === "") return localName;
    const { application } = this.#walk(path, localName);
    if (application !== path) {
      throw new Refusal(code, `${localName} is a stream of ${application}`);
    }
    return `${path}/${localName}`.slice(1);
  }

  split(name: string): LocalName {
    return this.areLocal ? this.#walk("", name) : { application: "", localName: name };
  }

  /** Goes down from an application as far as the name leads to others. */
  #walk(application: string, localName: string): LocalName {
    for (;;) {
      const slash = localName.indexOf("/");
      const below = `${application}/${localName.slice(0, slash)}`;
      if (slash <= 0 || !this.#hasApplication(below)) return { application, localName };
      application = below;
      localName = localName.slice(slash + 1);
    }
  }
}
