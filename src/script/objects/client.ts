import { ValueReader } from "../../codecs/mod.ts";
import { AccessPaths } from "../../flash/mod.ts";
import { Client } from "../../hub/mod.ts";
import type { Host } from "../host.ts";
import {
  define,
  type Definition,
  event,
  method,
  part,
  property,
  readonly,
} from "../lua/definition.ts";
import { LuaWriter } from "../lua/writer.ts";
import { callClient } from "./client_call.ts";
import { contextOf } from "./client_context.ts";
import { propertiesOf } from "./client_properties.ts";
import { reconnectClient } from "./client_reconnect.ts";
import { mainWriterOf } from "./flow_writer.ts";
import { stringMap, typed } from "./string_map.ts";

/** A connected client. Functions that scripts put in it are callable by the client itself. */
export function client(host: Host): Definition<Client> {
  return define<Client>({
    name: "client",
    type: Client,
    isAlive: (client) => contextOf(client) !== undefined,
    dynamic: (client, name) => typed(client.properties.get(name)),
    yields: [
      "call",
      "reconnect",
      "protocol",
      "query",
      "user",
      "claims",
      "properties",
      "parameters",
      "lastReceptionTime",
      "elapsedFromReception",
    ],
    members: {
      id: readonly((client) => client.id),
      rawId: readonly((client) => client.rawId),
      address: readonly((client) => client.address),
      flashVersion: readonly((client) => client.flashVersion),
      pageUrl: readonly((client) => client.pageUrl),
      swfUrl: readonly((client) => client.swfUrl),
      path: readonly((client) => client.path),
      protocol: readonly((client) => client.protocol),
      query: readonly((client) => client.query),
      user: readonly(({ user, properties }) =>
        user === undefined ? typed(properties.get("user")) : user || undefined
      ),
      claims: readonly(({ claims, properties }) => {
        if (claims === undefined) return typed(properties.get("claims"));
        return (vm) => {
          const writer = new LuaWriter(vm, host.objects.typed);
          new ValueReader([claims]).read(writer);
          writer.finish();
        };
      }),
      ping: readonly((client) => client.ping),
      lastReceptionTime: readonly((client) => Math.round(client.lastReception)),
      elapsedFromReception: readonly((client) =>
        Math.max(0, Math.round(host.options.clock.epoch() - client.lastReception))
      ),
      writer: readonly(mainWriterOf),
      call: method((client, args) => callClient(host, client, args)),
      reconnect: method((client, args) => reconnectClient(host, client, args)),
      properties: part(propertiesOf),
      parameters: part((client) => stringMap(client.parameters)),
      readAccess: property(
        (client) => host.options.sharedObjects?.access(client).read.text,
        (client, args) => {
          const access = host.options.sharedObjects?.access(client);
          if (access !== undefined) access.read = new AccessPaths(args.text(1));
        },
      ),
      writeAccess: property(
        (client) => host.options.sharedObjects?.access(client).write.text,
        (client, args) => {
          const access = host.options.sharedObjects?.access(client);
          if (access !== undefined) access.write = new AccessPaths(args.text(1));
        },
      ),
      onManage: event((client, isDefined) => {
        const application = contextOf(client)?.application;
        if (isDefined && application) host.managed.set(client, application);
        else host.managed.delete(client);
      }),
      onMessage: event(),
      onRead: event(),
      onWrite: event(),
      onPublish: event(),
      onUnpublish: event(),
      onSubscribe: event(),
      onUnsubscribe: event(),
      onSharedObject: event(),
      onJoinGroup: event(),
      onUnjoinGroup: event(),
      onAddressChanged: event(),
      onDisconnection: event(),
      onFailed: event(),
    },
  });
}
