/** What a script raised, or what was wrong with it: the message begins with file and line. */
export class LuaError extends Error {
  override readonly name = "LuaError";
  /** What the script passed to `error`, maybe empty; undefined when it was not the script's doing. */
  readonly spoken: string | undefined;

  constructor(message: string, spoken?: string) {
    super(message);
    this.spoken = spoken;
  }

  /** The message without the place in front: what the script's author wrote. */
  get reason(): string {
    return this.message.replace(/^[^\n:]*:\d+: /, "");
  }
}
