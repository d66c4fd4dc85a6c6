import { andThen, type Later } from "../base/mod.ts";
import type { Handler, Question, ReadQuestion, WriteQuestion } from "../hub/mod.ts";
import type { Guard } from "./guard.ts";
import { keepFor, keptQuestion, keptValues } from "./kept_question.ts";

/**
 * A handler whose client's requests pass the rules first; what they let through, the application
 * decides. What it is told goes to it as it is.
 */
export function guarded(inner: Handler, guard: Guard): Handler {
  /** A proxy may put the requests of many on one connection: each has to bring its own key. */
  const enter = (question: Question): Later<void> =>
    question.client.protocol === "HTTP" ? connect(question) : undefined;
  const connect = (question: Question): Later<void> => {
    const { client } = question;
    client.user = "";
    client.claims = undefined;
    return guard.check({ action: "connect", question, path: client.path, permitted: () => client });
  };
  const file = (question: ReadQuestion | WriteQuestion): Later<void> =>
    andThen(enter(question), () => {
      const path = `${question.client.path}/${question.file}`;
      return guard.check({ action: "files", question, path });
    });
  return {
    hasApplication: (path) => inner.hasApplication(path),
    hasMethod: (client, name) => inner.hasMethod(client, name),
    onConnection(question) {
      const entry = connect(question);
      if (!(entry instanceof Promise)) return inner.onConnection(question);
      const args = keepFor(question, entry, () => keptValues(question.args));
      const kept = keptQuestion(question, { args });
      return entry.then(() => inner.onConnection(kept));
    },
    onCall(question) {
      const entry = enter(question);
      if (!(entry instanceof Promise)) return inner.onCall(question);
      const { name, reply } = question;
      const args = keepFor(question, entry, () => keptValues(question.args));
      const during = <T>(run: () => T) => question.during(run);
      const kept = keptQuestion(question, { name, args, reply, during });
      return entry.then(() => during(() => inner.onCall(kept)));
    },
    onRead(question) {
      const entry = file(question);
      if (!(entry instanceof Promise)) return inner.onRead(question);
      const parameters = keepFor(question, entry, () => keptValues(question.parameters));
      const during = <T>(run: () => T) => question.during(run);
      const kept = keptQuestion(question, { file: question.file, parameters, during });
      return entry.then(() => during(() => inner.onRead(kept)));
    },
    onWrite: (question) => andThen(file(question), () => inner.onWrite(question)),
    onPublish(question) {
      const decision = andThen(enter(question), () => {
        const { name, localName: stream, parameters } = question.publication;
        return guard.check({
          action: "publish",
          question,
          path: name,
          stream,
          parameters,
          permitted: () => question.publication,
          rename: (name) => question.rename(name),
        });
      });
      return andThen(decision, () => inner.onPublish(question));
    },
    onSubscribe(question) {
      const decision = andThen(enter(question), () => {
        const { listener } = question;
        const { publication: { name, localName: stream }, parameters } = listener;
        return guard.check({
          action: "play",
          question,
          path: name,
          stream,
          parameters,
          permitted: () => listener,
        });
      });
      return andThen(decision, () => inner.onSubscribe(question));
    },
    onSharedObject: (question) => inner.onSharedObject(question),
    onHandshake: (question) => inner.onHandshake(question),
    onRendezVousUnknown: (protocol, peerId) => inner.onRendezVousUnknown(protocol, peerId),
    onDisconnection: (client) => inner.onDisconnection(client),
    onFailed: (client, error) => inner.onFailed(client, error),
    onAddressChanged: (client, old) => inner.onAddressChanged(client, old),
    onUnpublish: (client, publication) => inner.onUnpublish(client, publication),
    onUnsubscribe: (client, listener) => inner.onUnsubscribe(client, listener),
    onJoinGroup: (client, group) => inner.onJoinGroup(client, group),
    onUnjoinGroup: (client, group) => inner.onUnjoinGroup(client, group),
    onAudio: (publication, time, payload) => inner.onAudio(publication, time, payload),
    onVideo: (publication, time, payload) => inner.onVideo(publication, time, payload),
    onData: (publication, name, payload, format) =>
      inner.onData(publication, name, payload, format),
    onProperties: (publication) => inner.onProperties(publication),
    onFlush: (publication) => inner.onFlush(publication),
  };
}
