import { ownBytes } from "../../../bytes/mod.ts";
import { encodeHead, type HeaderList, type HttpResponse } from "./response.ts";

/** An answer that many requests have: it is framed once for all of them, as long as its date holds. */
export class SharedResponse implements HttpResponse {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: Uint8Array;
  #date: string | undefined;
  #framed: Uint8Array | undefined;

  constructor(status: number, headers: HeaderList, body: Uint8Array) {
    this.status = status;
    this.headers = headers;
    this.body = body;
  }

  /**
   * Head and body as they are sent on a connection that goes on.
   * @param date one that stays the same for a second
   * @throws RangeError when a header holds a line break
   */
  framed(date: string): Uint8Array {
    if (this.#framed === undefined || this.#date !== date) {
      this.#date = date;
      this.#framed = ownBytes(encodeHead(this, date, false, this.body));
    }
    return this.#framed;
  }
}
