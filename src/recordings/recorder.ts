import { type Clock, errorText, type Later, type Timer, TokenBuckets } from "../base/mod.ts";
import {
  type FilmRequest,
  type FoundFilm,
  type Hub,
  type Origin,
  type Publication,
  type RecordedFile,
  type Recordings,
} from "../hub/mod.ts";
import type { Log } from "../logs/mod.ts";
import { Catalog, type RecordingFilter } from "./catalog.ts";
import { QueuedBytes } from "./file_queue.ts";
import { isElsewhere } from "./elsewhere.ts";
import { FilmFinder } from "./film_finder.ts";
import { lookBack } from "./flv_end.ts";
import { Keeper, type KeepRules } from "./keeper.ts";
import { measure } from "./measure.ts";
import {
  DEFAULT_FORMAT,
  fillPattern,
  type Format,
  formatOf,
  pathFault,
  safePath,
} from "./names.ts";
import { CLOSE_TIMEOUT, FILE_BURST, FILE_INTERVAL, KEEP_INTERVAL } from "./params.ts";
import { Recording, type RecordingContext, type RecordingTarget } from "./recording.ts";
import { DiskSpace } from "./disk_space.ts";
import type { RecordRules } from "./rules.ts";
import type { Storage } from "./storage.ts";

/** The keys of `[record]`. */
export interface RecordSettings extends KeepRules {
  /** Pattern of names. */
  readonly path: string;
  readonly maxTime: number;
  readonly maxSize: number;
  readonly minFree: number;
}

export interface RecorderOptions {
  readonly hub: Hub;
  readonly storage: Storage;
  readonly clock: Clock;
  readonly log: Log;
  /** The folder of all recordings, absolute; that of an application is below it. */
  readonly folder: string;
  /** The folder of the applications, absolute: their own files are played too. */
  readonly www: string;
  readonly rules: RecordRules;
  readonly settings: RecordSettings;
}

/** How a script or an operator wants something recorded. */
export interface RecordRequest {
  /** Path of the application: "" for the root, else "/a/b". */
  readonly application: string;
  /**
   * Below the application's folder, with its format's ending; may be a pattern. By default that of
   * the settings.
   */
  readonly path?: string | undefined;
  /** Where the path has no ending. */
  readonly format?: Format | undefined;
  /** A file of that name goes on (FLV); else it is kept, and the new one gets a number. */
  readonly append?: boolean | undefined;
  /** A file of that name is replaced. */
  readonly replace?: boolean | undefined;
  /** Milliseconds after which a new file begins; default that of the settings, 0 for never. */
  readonly maxTime?: number | undefined;
  /** Bytes after which a new file begins; default that of the settings, 0 for never. */
  readonly maxSize?: number | undefined;
}

/** Records publications: as the rules say, as scripts do, as publishers ask. */
export class Recorder implements Recordings {
  readonly catalog: Catalog;
  readonly #options: RecorderOptions;
  readonly #keeper: Keeper;
  readonly #context: RecordingContext;
  readonly #diskSpace: DiskSpace;
  readonly #films: FilmFinder;
  /** Those that run, by what is recorded. */
  readonly #running = new Map<Publication, Set<Recording>>();
  /** All that are not on the disk yet. */
  readonly #open = new Set<Recording>();
  /** What scripts asked for while they decide about a publisher. */
  readonly #early = new WeakMap<Origin, RecordRequest[]>();
  readonly #timer: Timer;
  readonly #unwatch: () => void;
  #keeping: Promise<void>;
  #isKeeping = false;

  constructor(options: RecorderOptions) {
    const { hub, storage, clock, log, folder, settings } = options;
    this.#options = options;
    this.catalog = new Catalog(
      storage,
      folder,
      (path) => measure(storage, path),
    );
    this.#films = new FilmFinder({
      ...options,
      catalog: this.catalog,
      running: () => this.running().flatMap(({ current }) => current ?? []),
    });
    const diskSpace = new DiskSpace({ storage, folder, minFree: settings.minFree, clock, log });
    this.#diskSpace = diskSpace;
    this.#keeper = new Keeper({
      rules: settings,
      catalog: this.catalog,
      storage,
      folder,
      clock,
      log,
    });
    this.#context = {
      hub,
      storage,
      clock,
      log,
      diskSpace,
      queued: new QueuedBytes(),
      beginnings: new TokenBuckets(1000 / FILE_INTERVAL, FILE_BURST, (name) => {
        log.child(name).warn("too many files were begun: recording pauses for a while");
      }),
      onFile: ({ publication }, file) => {
        this.catalog.add(file);
        for (const each of hub.observers) each.onRecorded?.(publication, file);
      },
      onEnded: (recording) => this.#forget(recording),
    };
    this.#unwatch = hub.observers.add({ onPublished: (publication) => this.#look(publication) });
    this.#timer = clock.every(KEEP_INTERVAL, () => this.#keep());
    this.#keeping = this.#load();
  }

  /** Recordings that run, of one publication or of all. */
  running(publication?: Publication): readonly Recording[] {
    const those = publication === undefined
      ? [...this.#running.values()].flatMap((recordings) => [...recordings])
      : [...this.#running.get(publication) ?? []];
    return those.filter(({ isOver }) => !isOver);
  }

  /** It is, or is to be once the application that is asked about its publisher has accepted it. */
  isRecorded(publication: Publication): boolean {
    const { origin, isRunning } = publication;
    if (!isRunning && origin !== undefined && this.#early.has(origin)) return true;
    return this.running(publication).length > 0;
  }

  /** Recordings that are over, oldest first. */
  list(filter?: RecordingFilter): RecordedFile[] {
    return this.catalog.find(filter);
  }

  /**
   * Records a publication until it ends, or {@link stop}; once more with another path too.
   * @throws Error when the path cannot be
   */
  start(publication: Publication, request: RecordRequest): void {
    this.#targetOf(publication, request);
    const { origin } = publication;
    if (!publication.isTaken || origin === undefined) {
      throw new Error(`${publication.name} is not published`);
    }
    // An application that is asked about the publisher may still refuse it.
    if (!publication.isRunning) {
      this.#early.set(origin, [...this.#early.get(origin) ?? [], request]);
      return;
    }
    this.#start(publication, request);
  }

  /** The file of a name; undefined when there is none that the client may have. */
  find(request: FilmRequest): Later<FoundFilm | undefined> {
    return this.#films.find(request);
  }

  /** Finds files for players, whatever carries them to them. */
  get films(): FilmFinder {
    return this.#films;
  }

  /** Ends all recordings of a publication; returns how many there were. */
  stop(publication: Publication): number {
    const running = this.running(publication);
    for (const recording of running) void recording.stop();
    const { origin, isRunning } = publication;
    const early = origin === undefined ? [] : this.#early.get(origin) ?? [];
    if (origin !== undefined) this.#early.delete(origin);
    return running.length + (isRunning ? 0 : early.length);
  }

  /** Ends all; resolves when everything is on the disk. */
  async close(): Promise<void> {
    this.#unwatch();
    this.#timer.cancel();
    this.#diskSpace.watch(false);
    const { promise: inTime, resolve } = Promise.withResolvers<void>();
    const timer = this.#options.clock.after(CLOSE_TIMEOUT, resolve);
    const stopped = [...this.#open].map((recording) => recording.stop("shutdown"));
    // A disk that hangs does not keep the server.
    await Promise.race([Promise.all([...stopped, this.#keeping]), inTime]);
    timer.cancel();
  }

  /** A publication has begun: what is to be recorded of it? */
  #look(publication: Publication): void {
    const { origin, publisher, localName: name, mode } = publication;
    // The server that it comes from records it.
    if (origin === undefined || origin.kind === "server" || origin.kind === "recording") return;
    const application = publication.application || (publisher?.path ?? "");
    const { formats, allowsClients } = this.#options.rules.find(application, name);
    const requests: RecordRequest[] = formats.map((format) => ({ application, format }));
    requests.push(...this.#early.get(origin) ?? []);
    if (mode !== "live" && allowsClients) {
      const path = formatOf(name) === undefined ? `${name}.flv` : name;
      const isAppended = mode === "append";
      requests.push({
        application,
        path: path.replaceAll("%", "%%"),
        append: isAppended,
        replace: !isAppended,
        maxTime: 0,
        maxSize: 0,
      });
    }
    for (const request of requests) {
      try {
        this.#start(publication, request);
      } catch (error) {
        this.#options.log.error(`${name} is not recorded: ${errorText(error)}`);
      }
    }
    if (mode === "live" || this.isRecorded(publication)) return;
    this.#options.log.warn(
      `${name} asks to be recorded (${mode}), which no rule of [record] and no script allows: it is live only`,
    );
  }

  #start(publication: Publication, request: RecordRequest): void {
    const target = this.#targetOf(publication, request);
    this.#diskSpace.watch(true);
    const recording = new Recording(publication, target, this.#context);
    this.#open.add(recording);
    const others = this.#running.get(publication);
    if (others === undefined) this.#running.set(publication, new Set([recording]));
    else others.add(recording);
  }

  /** @throws Error */
  #targetOf(publication: Publication, request: RecordRequest): RecordingTarget {
    const { settings, storage, hub } = this.#options;
    const { application, append = false, replace = false } = request;
    const { maxTime = settings.maxTime, maxSize = settings.maxSize } = request;
    const given = request.path;
    const wrong = given === undefined ? undefined : pathFault(given);
    if (wrong !== undefined) throw new Error(`the path of a recording ${wrong}: ${given}`);
    const format = (given === undefined ? undefined : formatOf(given)) ?? request.format ??
      DEFAULT_FORMAT;
    const pattern = given ?? settings.path.replace(/^%app\//, "");
    const ending = given !== undefined && formatOf(given) !== undefined ? "" : `.${format}`;
    const folder = this.#folderOf(application);
    const stream = publication.localName;
    const nameAt = (start: number) =>
      safePath(fillPattern(pattern, { application, stream, start }) + ending);
    if (given !== undefined && isElsewhere(hub, application, nameAt(0))) {
      throw new Error(`the path of a recording leads into another application: ${given}`);
    }
    const path = () => `${folder}/${nameAt(this.#options.clock.epoch())}`;
    return {
      application,
      folder,
      format,
      nameAt,
      isReplacing: replace,
      maxTime,
      maxSize,
      ...(append && format === "flv" ? { goesOn: () => lookBack(storage, path()) } : {}),
    };
  }

  #folderOf(application: string): string {
    return `${this.#options.folder}${application}`;
  }

  #forget(recording: Recording): void {
    const { publication } = recording;
    this.#open.delete(recording);
    const running = this.#running.get(publication);
    running?.delete(recording);
    if (running?.size === 0) this.#running.delete(publication);
    if (this.#open.size === 0) this.#diskSpace.watch(false);
  }

  async #load(): Promise<void> {
    try {
      await this.catalog.load(this.#options.clock.epoch());
      await this.#keeper.look();
    } catch (error) {
      this.#options.log.error(`cannot read the list of recordings: ${errorText(error)}`);
    }
  }

  #keep(): void {
    if (this.#isKeeping) return;
    this.#isKeeping = true;
    this.#keeping = this.#keeping.then(() => this.#keeper.look()).catch((error) =>
      this.#options.log.error(`cannot look for old recordings: ${errorText(error)}`)
    ).finally(() => this.#isKeeping = false);
  }
}
