import { type Clock, errorText } from "../base/mod.ts";

/** A request to another server, and what its answer may cost. */
export interface WebRequest {
  readonly url: string;
  readonly method: "GET" | "POST";
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Milliseconds until the whole answer has come. */
  readonly timeout: number;
  /** Bytes that the body of the answer may have. */
  readonly maxBody: number;
  /** Gives the request up. */
  readonly signal?: AbortSignal;
}

/** A whole answer. */
export interface WebAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/**
 * Sends a request and reads the answer, whatever its status. A redirection is an answer like any
 * other: where a request goes is for its sender to say, not for who answers.
 * @throws Error with a sentence for the log when there is no whole answer in time
 */
export async function requestWeb(request: WebRequest, clock: Clock): Promise<WebAnswer> {
  const { url, method, headers, body = null, timeout, maxBody, signal } = request;
  const end = new AbortController();
  const abort = () => end.abort(signal?.reason);
  signal?.addEventListener("abort", abort, { once: true });
  if (signal?.aborted) abort();
  const timer = clock.after(timeout, () => {
    end.abort(new Error(`no answer within ${timeout / 1000} s`));
  });
  try {
    const { address, login } = withoutLogin(url);
    const response = await fetch(address, {
      method,
      headers: login === undefined ? headers : { authorization: login, ...headers },
      body,
      redirect: "manual",
      signal: end.signal,
    });
    return {
      status: response.status,
      headers: response.headers,
      body: await wholeBody(response, maxBody),
    };
  } catch (error) {
    if (end.signal.aborted && end.signal.reason instanceof Error) throw end.signal.reason;
    throw new Error(failureOf(error), { cause: error });
  } finally {
    timer.cancel();
    signal?.removeEventListener("abort", abort);
  }
}

/** `user:password@` of a URL as the header that it stands for (RFC 7617). */
function withoutLogin(text: string): { address: string; login: string | undefined } {
  const url = new URL(text);
  const { username, password } = url;
  if (username === "" && password === "") return { address: text, login: undefined };
  url.username = url.password = "";
  const bytes = new TextEncoder().encode(
    `${decodeURIComponent(username)}:${decodeURIComponent(password)}`,
  );
  return { address: url.href, login: `Basic ${btoa(String.fromCharCode(...bytes))}` };
}

/** What the runtime says of a failure, without the URL: its path and query may hold a key. */
function failureOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return errorText(cause).replace(/ for url \(.*\)(?=: |$)/, "");
}

async function wholeBody({ body }: Response, limit: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  if (body === null) return new Uint8Array();
  const reader = body.getReader();
  for (;;) {
    const { value } = await reader.read();
    if (value === undefined) break;
    size += value.length;
    if (size > limit) {
      await reader.cancel();
      throw new Error(`the answer has more than ${limit} bytes`);
    }
    parts.push(value);
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
