import type { Question, RefusalReason } from "../hub/mod.ts";
import type { Action } from "./action.ts";
import type { Claims } from "./jwt/claims.ts";
import type { Permitted } from "./lifetimes.ts";

/** What a client asks for. */
export interface Access {
  readonly action: Action;
  readonly question: Question;
  /** The name of a stream, or the path of an application or of a file. */
  readonly path: string;
  /** What the client calls the stream. */
  readonly stream?: string;
  /** Those of the stream. */
  readonly parameters?: ReadonlyMap<string, string>;
  /** What it gets. */
  readonly permitted?: () => Permitted;
  /** Gives what it gets another name. */
  readonly rename?: (name: string) => void;
}

/** The client is let in. */
export interface Permission {
  /** Who that is; empty for a key without a name. */
  readonly user: string;
  readonly claims?: Claims;
  /** Another name for a publication. */
  readonly name?: string;
  /** Seconds. */
  readonly lifetime?: number;
}

/** What was brought is not enough. */
export interface Objection {
  /** Such as "the key is wrong": what it is wrong for is added. */
  readonly wrong: string;
  /** It is counted: after many of them an address is refused for a while. */
  readonly isGuess?: boolean;
  /** The sentence is for the client as it is. */
  readonly isWhole?: boolean;
  /** What the log says of it beside, and no client is told. */
  readonly cause?: string;
  /** `unknown` unless it says otherwise. */
  readonly reason?: RefusalReason;
}

export type Verdict = Permission | Objection;

export function isPermission(verdict: Verdict): verdict is Permission {
  return "user" in verdict;
}
