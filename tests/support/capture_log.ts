import type { Level } from "../../src/base/mod.ts";
import { hexDump, type Log, NamedLog } from "../../src/logs/mod.ts";

/** A log that keeps what it is told: `lines` holds `WARN rtmp 127.0.0.1:5123: message`. */
export class CaptureLog extends NamedLog {
  readonly lines: string[];
  readonly dumps: boolean;

  constructor(name = "", dumps = false, lines: string[] = []) {
    super(name ? [name] : []);
    this.dumps = dumps;
    this.lines = lines;
  }

  isEnabled(): boolean {
    return true;
  }

  child(name: string): Log {
    return new CaptureLog([...this.names, name].join(" "), this.dumps, this.lines);
  }

  dump(title: string, bytes: Uint8Array): void {
    this.write("TRACE", `${title}\n${hexDump(bytes)}`);
  }

  /** The lines of one level. */
  at(level: Level): string[] {
    return this.lines.filter((line) => line.startsWith(`${level} `));
  }

  protected write(level: Level, message: string): void {
    const name = this.names.join(" ");
    this.lines.push(`${level} ${name ? `${name}: ` : ""}${message}`);
  }
}
