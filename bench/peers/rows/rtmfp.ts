import type { Row } from "../row.ts";

/** What `bench/rtmfp.ts` says of a kind of work. */
async function measured(isNative: boolean, seconds: number, line: RegExp): Promise<number> {
  const bench = new URL("../../rtmfp.ts", import.meta.url).pathname;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", bench, String(seconds), ...(isNative ? ["native"] : [])],
    stderr: "inherit",
  }).output();
  const text = new TextDecoder().decode(stdout);
  const found = line.exec(text)?.[1];
  if (found === undefined) throw new Error(`no figure in ${text}`);
  return Number(found);
}

function row(title: string, unit: string, line: RegExp): Row {
  return {
    title,
    unit,
    contenders: [["this server", false], ["this server, native", true]].map(([name, isNative]) => ({
      name: name as string,
      measure: (seconds) => measured(isNative as boolean, seconds, line),
    })),
  };
}

/** Media with HMAC and sequence numbers. */
export const rtmfp: Row = row("RTMFP to 15 players", "CPU-s/GB", /hmac: .*, ([\d.]+) CPU-s\/GB/);

export const handshakes: Row = row(
  "A handshake of RTMFP",
  "CPU-ms",
  /group 2: .* ([\d.]+) CPU-ms/,
);
