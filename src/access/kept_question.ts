import { type DataReader, readValues, ValueReader } from "../codecs/mod.ts";
import type { Question } from "../hub/mod.ts";

/**
 * A question for a handler that is asked later: what is read only during a call is kept. It is
 * abandoned with the first one.
 */
export function keptQuestion<Q extends Question>(question: Q, kept: Omit<Q, keyof Question>): Q {
  return Object.defineProperty({ client: question.client, ...kept }, "onAbandoned", {
    get: () => question.onAbandoned,
    set: (told: Question["onAbandoned"]) => question.onAbandoned = told,
  }) as Q;
}

/** The values of a reader, for later. @throws ProtocolError */
export function keptValues(reader: DataReader): DataReader {
  return new ValueReader(readValues(reader));
}

/**
 * Keeps what a question needs that waits for its entry. Where that fails nothing waits any more: the
 * entry has no effect, not even by failing.
 */
export function keepFor<T>(question: Question, entry: Promise<void>, keep: () => T): T {
  try {
    return keep();
  } catch (error) {
    entry.catch(() => {});
    question.onAbandoned?.();
    throw error;
  }
}
