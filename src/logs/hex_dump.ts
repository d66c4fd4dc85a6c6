const BYTES_PER_LINE = 16;

/** Number of bytes shown in a dump; the rest is counted. */
export const DUMP_LIMIT = 4096;

/** Bytes as lines of offset, sixteen in hexadecimal, and the characters they stand for. */
export function hexDump(bytes: Uint8Array): string {
  const lines: string[] = [];
  const end = Math.min(bytes.length, DUMP_LIMIT);
  for (let at = 0; at < end; at += BYTES_PER_LINE) {
    const row = Array.from(bytes.subarray(at, Math.min(at + BYTES_PER_LINE, end)));
    const digits = row.map((byte) => byte.toString(16).padStart(2, "0"));
    const left = digits.slice(0, BYTES_PER_LINE / 2).join(" ").padEnd(23);
    const right = digits.slice(BYTES_PER_LINE / 2).join(" ").padEnd(23);
    const shown = row.map((byte) => byte > 31 && byte < 127 ? String.fromCharCode(byte) : ".");
    lines.push(`${at.toString(16).padStart(4, "0")}  ${left}  ${right}  ${shown.join("")}`);
  }
  if (end < bytes.length) lines.push(`and ${bytes.length - end} bytes more`);
  return lines.join("\n");
}
