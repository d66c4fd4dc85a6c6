import { type Log, startLogs } from "../../src/logs/mod.ts";

/** What is dumped while this runs, as `title: bytes as Latin-1`, after secrets were taken out. */
export async function dumpsOf(run: (log: Log) => Promise<void> | void): Promise<string[]> {
  let said = "";
  const logs = await startLogs({
    level: "TRACE",
    dump: true,
    directory: undefined,
    name: "log",
    rotation: 2,
    maxSize: 1_000_000,
    secrets: [],
    console: { colour: false, write: (text) => said += text },
  });
  try {
    await run(logs.logger("test"));
  } finally {
    await logs.stop();
  }
  const dumps: string[] = [];
  for (const line of said.split("\n")) {
    const title = /: ([^:]+), \d+ bytes$/.exec(line)?.[1];
    const row = /^ {4}[\da-f]{4} {2}((?:[\da-f]{2} {1,2})+)/.exec(line)?.[1];
    if (title !== undefined) dumps.push(`${title}: `);
    else if (row !== undefined) dumps.push(dumps.pop() + latin1(row));
  }
  return dumps;
}

function latin1(row: string): string {
  const digits = row.split(/ +/).filter(Boolean);
  return digits.map((byte) => String.fromCharCode(parseInt(byte, 16))).join("");
}
