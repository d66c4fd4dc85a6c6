import type { Client, Handler } from "../hub/mod.ts";
import type { Guard } from "./guard.ts";

/**
 * A handler whose client's requests pass the rules first; what they let through, the application
 * decides. What it is told goes to it as it is.
 */
export function guarded(inner: Handler, guard: Guard): Handler {
  /** A proxy may put the requests of many on one connection: each has to bring its own key. */
  const enter = (client: Client) => {
    if (client.protocol !== "HTTP") return;
    client.user = "";
    guard.check("connect", client, client.path);
  };
  return {
    hasApplication: (path) => inner.hasApplication(path),
    hasMethod: (client, name) => inner.hasMethod(client, name),
    onConnection(question) {
      const { client } = question;
      client.user = "";
      guard.check("connect", client, client.path);
      return inner.onConnection(question);
    },
    onCall(question) {
      enter(question.client);
      return inner.onCall(question);
    },
    onRead(question) {
      const { client, file } = question;
      enter(client);
      guard.check("files", client, `${client.path}/${file}`);
      return inner.onRead(question);
    },
    onWrite(question) {
      const { client, file } = question;
      enter(client);
      guard.check("files", client, `${client.path}/${file}`);
      return inner.onWrite(question);
    },
    onPublish(question) {
      const { client, publication } = question;
      enter(client);
      guard.check("publish", client, publication.name, publication.parameters);
      return inner.onPublish(question);
    },
    onSubscribe(question) {
      const { client, listener } = question;
      enter(client);
      guard.check("play", client, listener.publication.name, listener.parameters);
      return inner.onSubscribe(question);
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
