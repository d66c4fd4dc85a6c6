import { binaryText, encodeText } from "../bytes/mod.ts";

/** Characters of a secret that may be taken out of texts without harm to them. */
const SHORTEST = 6;

/** What stands for a secret in a line of the log. */
const HIDDEN = "***";

/** Values of query parameters, where stream keys are: `?key=…&a[b]="…"`; a colon ends a sentence. */
const QUERY = /([?&][^\s?&=#"'<>]*=)("[^"\n]*"|'[^'\n]*'|[^&#\s"'<>]*[^&#\s"'<>:;,.)])/g;

/** Name and password of a URL. */
const LOGIN = /:\/\/[^\s/@"']+@/g;

/** What a client shows to be let in, in a header. */
const HEADER = /(authorization["']?[ \t]*[:=][ \t]*)[^\r\n]+/gi;

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
/** RFC 9110 §11.6.2, RFC 6265: what a client shows to be let in. */
const WIRE_HEADER = /((?:authorization|cookie):[ \t]*)([^\r\n]+)/gi;
const WIRE_REST = new RegExp(`^()(${VALUE})`);

/** Keeps secrets out of the log: those of the settings, and what URLs carry. */
export class Redactor {
  #secrets: readonly string[] = [];
  /** The same as they cross the wire: a character for each byte of UTF-8. */
  #wireSecrets: readonly string[] = [];

  /** @param secrets texts that no line may hold */
  constructor(secrets: readonly string[]) {
    this.#keep(secrets);
  }

  /** More texts that no line may hold; shorter ones are parts of too many words. */
  hide(secrets: readonly string[]): void {
    const more = secrets.filter(({ length }) => length >= SHORTEST);
    this.#keep([...new Set([...this.#secrets, ...more])]);
  }

  /** Longer ones come before their parts. */
  #keep(secrets: readonly string[]): void {
    this.#secrets = secrets.toSorted((a, b) => b.length - a.length);
    this.#wireSecrets = this.#secrets.map((secret) => binaryText(encodeText(secret)));
  }

  /** A text without the secrets that are known, whatever else it has. */
  conceal(message: string): string {
    let text = message;
    for (const secret of this.#secrets) text = text.replaceAll(secret, HIDDEN);
    return text;
  }

  text(message: string): string {
    return this.conceal(message).replace(LOGIN, `://${HIDDEN}@`).replace(HEADER, `$1${HIDDEN}`)
      .replace(QUERY, `$1${HIDDEN}`);
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
    const cover = (whole: string, before: string, value: string, at: number) => {
      end = Math.max(end, at + whole.length);
      return stars(whole, before, value);
    };
    text = text.replace(WIRE_LOGIN, stars).replace(WIRE_HEADER, cover).replace(WIRE_QUERY, cover);
    const isCut = end === text.length || isOpen && /^\*+$/.test(text);
    return { bytes: Uint8Array.from(text, (sign) => sign.charCodeAt(0)), isOpen: isCut };
  }
}
