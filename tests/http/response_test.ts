import { equal, throws } from "node:assert/strict";
import { encodeHead, type HeaderList } from "../../src/protocols/http/wire/response.ts";

const DATE = "Sun, 06 Nov 1994 08:49:37 GMT";
const json: HeaderList = [["content-type", "application/json"], ["cache-control", "no-store"]];

const encoded = (
  { status = 200, headers = json, body = "[]", date = DATE, closing = false },
): string => {
  const bytes = new TextEncoder().encode(body);
  const head = encodeHead({ status, headers, body: bytes }, date, closing, bytes);
  return new TextDecoder().decode(head);
};

const text = (status: string, lines: readonly string[]) =>
  [`HTTP/1.1 ${status}`, ...lines].join("\r\n");

Deno.test("a response after another one has its own status, headers, length, date and end", () => {
  const headers = ["content-type: application/json", "cache-control: no-store"];
  const plain = (body: string) =>
    text("200 OK", [...headers, `date: ${DATE}`, `Content-Length: ${body.length}`, "", body]);
  for (const body of ["[]", "[]", "[1,2]"]) equal(encoded({ body }), plain(body));

  equal(
    encoded({ closing: true }),
    text("200 OK", [
      ...headers,
      "connection: close",
      `date: ${DATE}`,
      "Content-Length: 2",
      "",
      "[]",
    ]),
  );
  equal(encoded({}), plain("[]"));
  equal(
    encoded({ status: 404 }),
    text("404 Not Found", [...headers, `date: ${DATE}`, "Content-Length: 2", "", "[]"]),
  );
  equal(encoded({}), plain("[]"));
  const later = "Sun, 06 Nov 1994 08:49:38 GMT";
  equal(
    encoded({ date: later }),
    text("200 OK", [...headers, `date: ${later}`, "Content-Length: 2", "", "[]"]),
  );
  equal(encoded({}), plain("[]"));
  const other: HeaderList = [json[0]!, ["cache-control", "max-age=1"]];
  equal(encoded({ headers: other }), plain("[]").replace("no-store", "max-age=1"));
  equal(encoded({ headers: [json[0]!] }), plain("[]").replace("cache-control: no-store\r\n", ""));
});

Deno.test("a header with a line break is refused, after a response without it too", () => {
  encoded({});
  const headers: HeaderList = [json[0]!, ["cache-control", "no-store\r\nset-cookie: a=b"]];
  throws(() => encoded({ headers }), RangeError);
});
