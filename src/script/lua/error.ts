/** What a script raised, or what was wrong with it: the message begins with file and line. */
export class LuaError extends Error {
  override readonly name = "LuaError";
  /** What the script passed to `error`, maybe empty; undefined when it was not the script's doing. */
  readonly spoken: string | undefined;
  /** Whose event it ended: `host:port`. */
  readonly peer: string | undefined;

  constructor(message: string, spoken?: string, peer?: string) {
    super(message);
    this.spoken = spoken;
    this.peer = peer;
  }

  /** The file and the line that the message begins with; undefined when it has none. */
  get place(): { readonly file: string; readonly line: number } | undefined {
    const [, file, line] = /^([^\n:]+):(\d+): /.exec(this.message) ?? [];
    return file === undefined ? undefined : { file, line: Number(line) };
  }

  /** The message without its source location: what the script's author wrote. */
  get reason(): string {
    return this.message.replace(/^[^\n:]*:\d+: /, "");
  }
}
