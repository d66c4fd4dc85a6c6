import { Amf0Writer, type DataWriter, JsonWriter, XmlRpcWriter } from "../../codecs/mod.ts";
import { Publication } from "../../hub/mod.ts";
import { type DataFormat, dataReader } from "../../media/mod.ts";
import type { Host } from "../host.ts";
import type { Arguments } from "../lua/arguments.ts";
import {
  define,
  type Definition,
  event,
  type Member,
  method,
  part,
  readonly,
} from "../lua/definition.ts";
import { LuaWriter } from "../lua/writer.ts";
import { toGroup } from "./group_stream.ts";
import { listenersOf } from "./listeners.ts";
import { recordingMembers } from "./recordings.ts";
import { stringMap } from "./string_map.ts";

/** A live stream, published by a client or by a script. */
export function publication(host: Host): Definition<Publication> {
  return define<Publication>({
    name: "publication",
    type: Publication,
    isAlive: (publication) => publication.isTaken,
    yields: [
      "running",
      "client",
      "dataQOS",
      "lastTime",
      "droppedFrames",
      "parameters",
      "properties",
    ],
    members: {
      name: readonly((publication) => publication.localName),
      publisherId: readonly((publication) => publication.publisherId),
      running: readonly((publication) => publication.isRunning),
      client: readonly((publication) => publication.publisher),
      listeners: part(listenersOf),
      audioQOS: part((publication) => publication.audioQos),
      videoQOS: part((publication) => publication.videoQos),
      dataQOS: part((publication) => publication.dataQos),
      lastTime: readonly((publication) => publication.lastTime),
      droppedFrames: readonly((publication) => publication.videoQos.droppedFrames),
      parameters: part((publication) => stringMap(publication.parameters)),
      properties: readonly(({ metadata }) => (vm) => {
        const writer = new LuaWriter(vm, host.objects.typed);
        if (metadata) dataReader(metadata)?.read(writer, 1);
        if (writer.finish() === 0) vm.pushNil();
      }),
      pushAudioPacket: pushes((publication, args) => {
        publication.audio(args.number(1), packet(args, 2), args.number(4, 0));
      }),
      pushVideoPacket: pushes((publication, args) => {
        publication.video(args.number(1), packet(args, 2), args.number(4, 0));
      }),
      pushDataPacket: pushes((publication, args) => {
        const data = packet(args, 2);
        publication.data(args.text(1), data, formatOf(data));
      }),
      pushAMFData: pushesData("amf0", () => new Amf0Writer(undefined, "preferred")),
      pushAMF0Data: pushesData("amf0", () => new Amf0Writer(undefined, "needed")),
      pushJSONData: pushesData("json", () => new JsonWriter()),
      pushXMLRPCData: pushesData("raw", () => new XmlRpcWriter()),
      writeProperties: pushes((publication, args) => {
        const writer = new Amf0Writer(undefined, "never");
        args.reader().read(writer);
        publication.setMetadata("onMetaData", writer.take(), "amf0");
      }),
      clearProperties: method((publication) => publication.clearMetadata()),
      flush: method((publication) => publication.flush()),
      ...recordingMembers(host),
      toGroup: method((publication, args) => toGroup(host, publication, args)),
      close: method((publication, args) => {
        if (publication.publisher === undefined) host.hub.unpublish(publication);
        else {
          const code = args.has(1) ? args.text(1) : undefined;
          publication.closePublisher(code, args.text(2, ""));
        }
        if (!publication.isTaken) forgetPublication(host, publication);
      }),
      onAudio: event((publication, isDefined) => publication.hooks.audio = isDefined),
      onVideo: event((publication, isDefined) => publication.hooks.video = isDefined),
      onData: event((publication, isDefined) => publication.hooks.data = isDefined),
      onFlush: event((publication, isDefined) => publication.hooks.flush = isDefined),
      onProperties: event((publication, isDefined) => publication.hooks.properties = isDefined),
    },
    aliases: {
      pushAudio: "pushAudioPacket",
      pushVideo: "pushVideoPacket",
      pushData: "pushDataPacket",
    },
  });
}

/** Gives up whose each publication is that a script began. */
const owned = new WeakMap<Publication, () => void>();

/** A publication that a script began ends with its application. */
export function ownPublication(host: Host, publication: Publication): void {
  const resource = {
    close() {
      if (publication.isRunning && publication.publisher === undefined) {
        host.hub.unpublish(publication);
      }
      forgetPublication(host, publication);
    },
  };
  const application = host.own(resource);
  owned.set(publication, () => application.resources.delete(resource));
}

/** The publication has no publisher any more: its next one is another publication for scripts. */
export function forgetPublication(host: Host, publication: Publication): void {
  owned.get(publication)?.();
  owned.delete(publication);
  Object.assign(publication.hooks, NO_HOOKS);
  host.objects.forget(publication);
}

const NO_HOOKS = { audio: false, video: false, data: false, flush: false, properties: false };

/** A copy of a packet's bytes from the offset that the argument after it gives. */
function packet(args: Arguments, index: number): Uint8Array {
  const bytes = args.bytes(index);
  const offset = args.number(index + 1, 0);
  return bytes.subarray(Math.max(0, Math.min(offset, bytes.length)));
}

/** Data that begins like an AMF0 value is one; anything else goes to listeners as it is. */
function formatOf(data: Uint8Array): DataFormat {
  const marker = data[0];
  return marker !== undefined && marker <= LAST_AMF0_MARKER ? "amf0" : "raw";
}

const LAST_AMF0_MARKER = 0x11;

/** A method after which listeners wait for the script's `flush`. */
function pushes(push: (publication: Publication, args: Arguments) => void): Member<Publication> {
  return method((publication, args) => {
    publication.hold();
    push(publication, args);
  });
}

/** Pushes all arguments after the name, in one format. */
function pushesData(format: DataFormat, open: () => DataWriter & { take(): Uint8Array }) {
  return pushes((publication, args) => {
    const writer = open();
    args.reader(2).read(writer);
    publication.data(args.text(1), writer.take(), format);
  });
}
