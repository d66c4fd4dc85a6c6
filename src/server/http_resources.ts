import type { Clock } from "../base/mod.ts";
import { defaults } from "../config/mod.ts";
import type { Hub } from "../hub/mod.ts";
import type { Log } from "../logs/mod.ts";
import { type Disk, disk, type TunnelledFactory, type Turns } from "../net/mod.ts";
import type { Hls } from "../protocols/hls/mod.ts";
import {
  Assets,
  type AssetText,
  Calls,
  Files,
  FileStore,
  FileUploads,
  type HttpSettings,
  LiveStreams,
  Preflight,
  Publications,
  RecordedFiles,
  RequestTunnels,
  type Resource,
  ScriptReads,
  Sockets,
  type SocketUpgrade,
} from "../protocols/http/mod.ts";
import type { FilmFinder } from "../recordings/mod.ts";
import { HlsMedia, HlsStreams } from "./hls.ts";

/** What the applications' HTTP ports answer with. */
export interface HttpResourcesOptions {
  readonly hub: Hub;
  readonly clock: Clock;
  readonly log: Log;
  readonly settings: HttpSettings;
  readonly turns?: Turns;
  /** The folder of the applications, absolute. */
  readonly www: string;
  readonly disk?: Disk;
  /** Files that come with the program, by their path, such as `/mpegts.js`. */
  readonly assets?: ReadonlyMap<string, AssetText>;
  /** What becomes of WebSockets; without it they are requests like any other. */
  readonly sockets?: SocketUpgrade;
  /** Makes RTMP sessions for clients that tunnel them through HTTP; without it none do. */
  readonly rtmp?: TunnelledFactory;
  /** Finds recordings; without it none are served. */
  readonly films?: FilmFinder;
  /** Tunnels that one address opens a second. */
  readonly tunnelRate?: number;
  /** Publications as HTTP Live Streaming; without it none are. */
  readonly hls?: Hls | undefined;
}

/** What answers on one HTTP port of the applications, in the order in which it is asked. */
export function httpResources(options: HttpResourcesOptions): Resource[] {
  const { hub, clock, log, settings, turns, www, sockets, rtmp, hls } = options;
  const context = { hub, clock, log, settings };
  const files = new FileStore(options.disk ?? disk, www, clock);
  const { crossOrigin, maxConnections: maxOfHost } = settings;
  const { tunnelRate: rate = defaults.limits.tunnels } = options;
  return [
    new Preflight(crossOrigin),
    ...(rtmp ? [new RequestTunnels({ clock, log, make: rtmp, maxOfHost, rate, turns })] : []),
    // A stream whose body never ends is taken before anything waits for the whole.
    new Publications(context),
    ...(sockets ? [new Sockets(sockets, log)] : []),
    ...(hls ? [new HlsMedia(hls)] : []),
    // A POST that names a file is one when the script accepts it, and a call otherwise.
    new FileUploads(context, files),
    new Calls(context),
    new ScriptReads(hub),
    // A file is shown before the stream of its name, and before the program's own.
    new Files(files),
    ...(options.films ? [new RecordedFiles(hub, options.films, options.disk ?? disk)] : []),
    ...(hls ? [new HlsStreams(hls)] : []),
    new LiveStreams(hub),
    new Assets(options.assets ?? new Map()),
  ];
}
