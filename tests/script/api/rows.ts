import { TestServer } from "../support.ts";

/** The test of one row: a fresh server, whose root application is this Lua text when it has one. */
export interface Row {
  readonly main?: string;
  readonly test: (server: TestServer) => void;
}

/** Tests of rows by their id. */
export type Rows = Readonly<Record<string, Row>>;

/** Tests of rows by their id, which start the servers they need. */
export type RowTests = Readonly<Record<string, () => void | Promise<void>>>;

/** The tests of rows that need a server without network. */
export function withoutNetwork(rows: Rows): RowTests {
  return Object.fromEntries(
    Object.entries(rows).map(([id, { main, test }]) => [id, () => {
      using server = new TestServer(main ?? "");
      test(server);
    }]),
  );
}
