import { resolve } from "node:path";
import { type Clock, errorText } from "../base/mod.ts";
import type { Log } from "../logs/mod.ts";
import type { TlsKeys } from "../net/mod.ts";

/** How often the files are looked at, in milliseconds. */
const CHECK_INTERVAL = 5_000;

/** Files of a certificate chain and its key, and what is to be done when they change. */
export interface CertificateOptions {
  /** Folder that relative names are relative to. */
  readonly folder: string;
  readonly certificate: string;
  readonly key: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** A certificate on disk that is renewed while the server runs. */
export class Certificate {
  readonly #options: CertificateOptions;
  #version: string;

  constructor(options: CertificateOptions) {
    this.#options = options;
    this.#version = this.#readVersion();
  }

  /** @throws Deno.errors.NotFound, Deno.errors.PermissionDenied */
  read(): TlsKeys {
    const [cert, key] = this.#files.map((file) => Deno.readTextFileSync(file));
    return { cert: cert ?? "", key: key ?? "" };
  }

  /** Calls `renew` whenever the files have changed; keys that are no good leave the old ones in use. */
  watch(renew: (keys: TlsKeys) => Promise<void>): { cancel(): void } {
    const { clock, log } = this.#options;
    return clock.every(CHECK_INTERVAL, async () => {
      try {
        const version = this.#readVersion();
        if (version === this.#version) return;
        this.#version = version;
        await renew(this.read());
        log.note("the certificate was renewed");
      } catch (error) {
        log.error(`the new certificate is not used: ${errorText(error)}`);
      }
    });
  }

  get #files(): string[] {
    const { folder, certificate, key } = this.#options;
    return [certificate, key].map((file) => resolve(folder, file));
  }

  #readVersion(): string {
    return this.#files.map((file) => {
      const { mtime, size } = Deno.statSync(file);
      return `${mtime?.getTime()} ${size}`;
    }).join();
  }
}
