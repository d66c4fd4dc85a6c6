import ipaddr from "ipaddr.js";
import { isAddress } from "../base/mod.ts";
import { encodeText } from "../bytes/mod.ts";
import { sameSecret, sha256 } from "../crypto/mod.ts";

/** What an {@link Access} is made of. */
export interface AccessOptions {
  /** Never empty. */
  readonly token: string;
  /** The address that the port is opened at, and other names that this server is asked by. */
  readonly names: readonly string[];
}

const BEARER = /^bearer +(\S+)$/i;
const HOST = /^(\[[^\]]*\]|[^:]*)(?::\d*)?$/;

/** Who may ask at the admin port. */
export class Access {
  readonly #digest: Uint8Array;
  readonly #names: ReadonlySet<string>;
  readonly #isAnywhere: boolean;

  constructor({ token, names }: AccessOptions) {
    this.#digest = sha256(encodeText(token));
    this.#names = new Set(names.map((name) => name.toLowerCase()));
    this.#isAnywhere = this.#names.has("0.0.0.0") || this.#names.has("::");
  }

  /** Whether an Authorization header brings the token; takes as long whatever it brings. */
  isGranted(authorization: string | undefined): boolean {
    const [, token] = BEARER.exec(authorization ?? "") ?? [];
    return token !== undefined && sameSecret(sha256(encodeText(token)), this.#digest);
  }

  /**
   * Whether a Host header names this server: a page that lets its own name lead to this machine
   * (DNS rebinding) comes with that name. Where the port is open at every address, each address is
   * one of ours. Programs without a Host header are no browsers.
   */
  isAddressed(host: string | undefined): boolean {
    if (host === undefined) return true;
    const [, name] = HOST.exec(host.toLowerCase()) ?? [];
    if (name === undefined) return false;
    const plain = name.replace(/^\[|\]$/g, "").replace(/\.$/, "");
    if (plain === "localhost" || this.#names.has(plain)) return true;
    if (!isAddress(plain)) return false;
    return this.#isAnywhere || ipaddr.process(plain).range() === "loopback";
  }
}
