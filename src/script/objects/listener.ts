import { Listener } from "../../hub/mod.ts";
import { define, part, property, readonly } from "../lua/definition.ts";
import { stringMap, typed } from "./string_map.ts";

/** A subscriber of a publication. */
export const listener = define<Listener>({
  name: "listener",
  type: Listener,
  dynamic: (listener, name) => typed(listener.parameters.get(name)),
  yields: ["client", "parameters", "dataQOS"],
  isAlive: (listener) => !listener.isClosed && listener.context !== undefined,
  members: {
    id: readonly((listener) => listener.id),
    client: readonly((listener) => listener.client),
    publication: readonly((listener) => listener.publication),
    parameters: part((listener) => stringMap(listener.parameters)),
    audioQOS: part((listener) => listener.audioQos),
    videoQOS: part((listener) => listener.videoQos),
    dataQOS: part((listener) => listener.dataQos),
    audioSampleAccess: property(
      (listener) => listener.audioSampleAccess,
      (listener, args) => listener.audioSampleAccess = args.boolean(1),
    ),
    videoSampleAccess: property(
      (listener) => listener.videoSampleAccess,
      (listener, args) => listener.videoSampleAccess = args.boolean(1),
    ),
    receiveAudio: property(
      (listener) => listener.receiveAudio,
      (listener, args) => listener.receiveAudio = args.boolean(1),
    ),
    receiveVideo: property(
      (listener) => listener.receiveVideo,
      (listener, args) => listener.receiveVideo = args.boolean(1),
    ),
  },
});
