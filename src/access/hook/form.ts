import type { WebAnswer } from "../../net/mod.ts";
import { MAX_REASON } from "../params.ts";
import type { Told } from "./told.ts";

/** What a hook has decided. */
export interface HookAnswer {
  readonly allowed: boolean;
  /** Who it is, or what it wants first, is not known: the client may try another key. */
  readonly isUnknown?: boolean;
  /** Why not, for the client; empty where it does not say. */
  readonly reason?: string;
  /** Another name for the publication. */
  readonly name?: string;
  /** Seconds for which it is allowed. */
  readonly lifetime?: number;
  /** Who it is, as scripts see it. */
  readonly user?: string;
}

/** How a hook is spoken to. */
export interface HookForm {
  readonly type: string;
  /** The body of a request; undefined for what this form does not tell. */
  body(told: Told, server: string): string | undefined;
  /**
   * What the hook says.
   * @throws Error with a sentence for the log for an answer that is none
   */
  answer(answer: WebAnswer, told: Told): HookAnswer;
}

/** 401 and 403 are answers in every form; undefined for another status. */
export function refusedBy(status: number): HookAnswer | undefined {
  return status === 401 || status === 403
    ? { allowed: false, isUnknown: status === 401 }
    : undefined;
}

/** What is wrong with a status that is no answer. */
export function noAnswer(status: number): Error {
  const isMoved = status >= 300 && status < 400;
  return new Error(
    isMoved ? `it redirects (status ${status}), which is not followed` : `status ${status}`,
  );
}

/**
 * The same answer.
 * @throws Error for a name that no client could bring: a query begins at "?", and paths are made
 * of names
 */
export function checkedAnswer(answer: HookAnswer): HookAnswer {
  const { name } = answer;
  if (name === undefined || !UNUSABLE.test(name)) return answer;
  throw new Error(`no client could publish under ${JSON.stringify(name.slice(0, MAX_REASON))}`);
}

// deno-lint-ignore no-control-regex
const UNUSABLE = /[\x00-\x1f\x7f-\x9f?]|^\/|(?:^|\/)\.\.(?:\/|$)/;
