import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** The single-file program to test instead of the source, if one is named. */
export const bundle = Deno.env.get("MONASERVER_BIN");

/**
 * The program with `args`, as a person would start it: from source, or as the one file.
 * @param prefix command that it is started by, such as `ip netns exec name`
 * @param isNative with the permission for the system's own calls
 */
export function program(
  args: string[],
  options: Deno.CommandOptions = {},
  prefix: readonly string[] = [],
  isNative = false,
): Deno.Command {
  const words = [...prefix, ...itself(isNative), ...args] as [string, ...string[]];
  const [command, ...rest] = words;
  const env = { ...options.env, ...(isNative && { MONASERVER_NATIVE: "1" }) };
  return new Deno.Command(command, { ...options, args: rest, env });
}

/** The same as one line for a shell. */
export function commandLine(args: readonly string[]): string {
  return [...itself(), ...args].map((word) => `'${word}'`).join(" ");
}

function itself(isNative = false): string[] {
  const permissions = isNative ? "-P=native" : "-P";
  const source = ["run", "--quiet", "--no-prompt", permissions, `--config=${root}deno.json`];
  return bundle ? [bundle] : [Deno.execPath(), ...source, `${root}main.ts`];
}

/** Runs the program to its end. */
export async function said(
  args: string[],
  options: Deno.CommandOptions = {},
): Promise<{ code: number; out: string; err: string }> {
  const { code, stdout, stderr } = await program(args, options).output();
  const [out = "", err = ""] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, out, err };
}

/** A folder of the test's own, removed after it. */
export async function inTempFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
