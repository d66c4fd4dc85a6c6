import { Refusal } from "../hub/mod.ts";
import {
  appAddress,
  isBareQuery,
  placeOf,
  type PlaceRules,
  queryParameters,
  type StreamAddress,
  streamAddress,
} from "./address.ts";

/** The application that a client connects to, and what its stream names mean there. */
export class ConnectedApplication {
  /** As the URL has it, with what may be a part of the stream names. */
  readonly asked: string;
  readonly path: string;
  readonly query: string;
  /** Where its shared objects are: its path, with the instance of a tool. */
  readonly scope: string;
  /** The pairs of the query. */
  readonly parameters: Map<string, string>;
  /** What the path names below the application; see {@link placeOf}. */
  readonly instance: string;
  /** Begins every stream name. */
  readonly #streams: string;
  /** Stream names of `key=value` pairs are the query that the URL ends without. */
  readonly #asksForQuery: boolean;

  constructor(
    app: string | undefined,
    tcUrl: string,
    rules: PlaceRules,
    hasApplication: (path: string) => boolean,
  ) {
    const address = appAddress(app, tcUrl);
    const { path, instance } = placeOf(address.path, rules, hasApplication);
    this.asked = address.path;
    this.path = path;
    this.query = address.query;
    this.scope = instance === "" ? path : `${path}/${instance}`;
    this.parameters = queryParameters(address.query);
    this.instance = instance;
    this.#streams = streamAddress(instance).name;
    this.#asksForQuery = address.asksForQuery;
  }

  /** True for the address that this one was made of. */
  isAt(app: string | undefined, tcUrl: string): boolean {
    const { path, query } = appAddress(app, tcUrl);
    return path === this.asked && query === this.query;
  }

  /**
   * The publication's name and parameters of what a client calls a stream.
   * @throws Refusal when a tool named an application that does not exist
   */
  address(text: string): StreamAddress {
    const isQuery = this.#asksForQuery && isBareQuery(text);
    const { name, parameters } = streamAddress(isQuery ? `?${text.trim()}` : text);
    if (this.#streams === "") return { name, parameters };
    if (name === "") {
      return { name: this.#streams, parameters: new Map([...this.parameters, ...parameters]) };
    }
    if (this.path === "") {
      throw new Refusal("Connect.InvalidApp", `Application /${this.#streams} doesn't exist`, {
        reason: "missing",
      });
    }
    return { name: `${this.#streams}/${name}`, parameters };
  }
}
