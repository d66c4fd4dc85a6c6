/** A request that HTTP itself turns down: its status, and one sentence that says why. */
export class HttpError extends Error {
  override readonly name = "HttpError";
  readonly status: number;
  /** Headers that go with the status, such as `allow`. */
  readonly headers: readonly [string, string][];

  constructor(status: number, message: string, headers: readonly [string, string][] = []) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}
