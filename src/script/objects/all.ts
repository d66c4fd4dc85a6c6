import type { Host } from "../host.ts";
import type { Definition, Member } from "../lua/definition.ts";
import type { Objects } from "../lua/objects.ts";
import { byteReader } from "./byte_reader.ts";
import { byteWriter } from "./byte_writer.ts";
import { client } from "./client.ts";
import { clientProperties } from "./client_properties.ts";
import { clients } from "./clients.ts";
import { configs } from "./configs.ts";
import { file } from "./file.ts";
import { flowWriter } from "./flow_writer.ts";
import { group } from "./group.ts";
import { groupStream } from "./group_stream.ts";
import { groups } from "./groups.ts";
import { ipAddress } from "./ip_address.ts";
import { listener } from "./listener.ts";
import { listeners } from "./listeners.ts";
import { mediaWriter } from "./media_writer.ts";
import { member } from "./member.ts";
import { metric } from "./metrics.ts";
import { mona } from "./mona.ts";
import type { Mona } from "./mona_type.ts";
import { publication } from "./publication.ts";
import { publications } from "./publications.ts";
import { qualityOfService } from "./quality_of_service.ts";
import { recording } from "./recordings.ts";
import { sharedObject } from "./shared_object.ts";
import { socketAddress } from "./socket_address.ts";
import { parameters } from "./string_map.ts";
import { timer } from "./timers.ts";

/** Makes every object of the references known to Lua. A new object adds its line here. */
export function defineObjects(host: Host, extensions: readonly Extension[]): void {
  const { objects } = host;
  const members = Object.assign({}, ...extensions.map((extension) => extension.mona ?? {}));
  const define: Objects["define"] = (definition) => objects.define(definition);
  define(mona(host, members));
  define(clients);
  define(client(host));
  define(clientProperties);
  define(parameters);
  define(flowWriter(host));
  define(publications);
  define(publication(host));
  define(listeners);
  define(listener);
  define(qualityOfService);
  define(groups);
  define(group);
  define(sharedObject(host));
  define(member);
  define(groupStream);
  define(file);
  define(recording);
  define(timer);
  define(metric());
  define(mediaWriter);
  define(configs);
  define(byteReader);
  define(byteWriter);
  define(ipAddress);
  define(socketAddress);
  for (const extension of extensions) {
    // deno-lint-ignore no-explicit-any
    for (const definition of extension.objects ?? []) define(definition as Definition<any>);
  }
}

/** Objects that rest on a service or on other servers, and the members of `mona` that make them. */
export interface Extension {
  // deno-lint-ignore no-explicit-any
  readonly objects?: readonly Definition<any>[];
  readonly mona?: Readonly<Record<string, Member<Mona>>>;
}
