import { binaryText, encodeText } from "../bytes/mod.ts";

/** What stands for a secret in a line of the log. */
const HIDDEN = "***";

/** Values of query parameters, where stream keys are: `?key=…&a[b]="…"`; a colon ends a sentence. */
const QUERY = /([?&][^\s?&=#"'<>]*=)("[^"\n]*"|'[^'\n]*'|[^&#\s"'<>]*[^&#\s"'<>:;,.)])/g;

/** Name and password of a URL. */
const LOGIN = /:\/\/[^\s/@"']+@/g;

/**
 * In bytes of the wire a chunk of RTMP may begin anywhere: its header has a high first byte. Each
 * byte has one way to match, so that no input takes longer than its length.
 */
const CHUNK = String.raw`\xc0(?:[\s\S]|$)|\xc1(?:[\s\S]{2}|[\s\S]?$)|[\x80-\xbf\xc2-\xff]`;
const NAME = String.raw`(?:${CHUNK}|[^?&=#\x00-\x20"'<>\x80-\xff])*`;
/** On the wire a value may hold spaces, as no prose follows it but a request line's version. */
const VALUE = String.raw`(?:${CHUNK}|(?! HTTP/1)[^&#\x00-\x1f"'<>\x80-\xff])*`;
const WIRE_QUERY = new RegExp(String.raw`((?:^|[?&])${NAME}=)(["']?${VALUE})`, "g");
const WIRE_LOGIN = new RegExp(String.raw`(://)([^\x00-\x20/@"']+)(?=@)`, "g");
const WIRE_REST = new RegExp(`^()(${VALUE})`);

/** Keeps secrets out of the log: those of the settings, and what URLs carry. */
export class Redactor {
  readonly #secrets: readonly string[];
  /** The same as they cross the wire: a character for each byte of UTF-8. */
  readonly #wireSecrets: readonly string[];

  /** @param secrets texts that no line may hold, longer ones before their parts */
  constructor(secrets: readonly string[]) {
    this.#secrets = secrets;
    this.#wireSecrets = secrets.map((secret) => binaryText(encodeText(secret)));
  }

  text(message: string): string {
    let text = message;
    for (const secret of this.#secrets) text = text.replaceAll(secret, HIDDEN);
    return text.replace(LOGIN, `://${HIDDEN}@`).replace(QUERY, `$1${HIDDEN}`);
  }

  /**
   * The bytes with a star for each one of a secret. `isOpen` says that they go on with a value
   * that began before; the result says the same of what follows.
   */
  bytes(bytes: Uint8Array, isOpen = false): { bytes: Uint8Array; isOpen: boolean } {
    const stars = (_: string, before: string, value: string) => before + "*".repeat(value.length);
    let text = binaryText(bytes);
    let end = -1;
    if (isOpen) text = text.replace(WIRE_REST, stars);
    for (const secret of this.#wireSecrets) {
      text = text.replaceAll(secret, "*".repeat(secret.length));
    }
    text = text.replace(WIRE_LOGIN, stars).replace(WIRE_QUERY, (whole, before, value, at) => {
      end = at + whole.length;
      return stars(whole, before, value);
    });
    const isCut = end === text.length || isOpen && /^\*+$/.test(text);
    return { bytes: Uint8Array.from(text, (sign) => sign.charCodeAt(0)), isOpen: isCut };
  }
}
