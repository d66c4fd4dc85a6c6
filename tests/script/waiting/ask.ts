import { type Value, ValueReader, ValueWriter } from "../../../src/codecs/mod.ts";
import type { CallQuestion, Client } from "../../../src/hub/mod.ts";
import { plain, type TestServer } from "../support.ts";

/** Calls a method whose answer may come later: what it came to is in the result's `outcome`. */
export function ask(server: TestServer, client: Client, name: string, ...args: Value[]) {
  let answer: ValueWriter | undefined;
  const question: CallQuestion = {
    client,
    name,
    args: new ValueReader(args),
    reply: () => answer = new ValueWriter(),
    during: (run) => run(),
  };
  const asked: { outcome: unknown } = { outcome: "waits" };
  const done = () => {
    asked.outcome = answer?.values.map(plain);
  };
  const failed = (error: Error) => {
    asked.outcome = error.message;
  };
  try {
    const decision = server.hub.questions.call(question);
    if (decision instanceof Promise) decision.then(done, failed);
    else done();
  } catch (error) {
    failed(error as Error);
  }
  return asked;
}
