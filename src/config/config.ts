import type { Setting } from "./ini.ts";
import type { Values } from "./table.ts";
import type { ConfigTree } from "./tree.ts";

/** The settings of the server: typed values by section, and what the ini said word for word. */
export interface Config extends Values {
  /** Every setting with the defaults, for scripts: custom keys and sections included. */
  readonly tree: ConfigTree;
  /** Where this key ("HTTP.port") was set last; undefined when it was not. */
  setting(path: string): Setting | undefined;
  /** Whether the ini or the command line set this key ("HTTP.port"), be it to its default. */
  isSet(path: string): boolean;
  /** The lines of a section of rules, in order, whose keys are patterns; scripts do not see them. */
  rulesOf(section: string): readonly Setting[];
}
