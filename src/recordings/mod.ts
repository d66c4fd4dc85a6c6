/** Recordings: publications on their way to files, and the files on their way to players. */
export { Catalog, type RecordingFilter } from "./catalog.ts";
export { diskStorage } from "./disk/disk_storage.ts";
export { type RecordedSpan, spansOf } from "./excerpt.ts";
export { FilmBytes } from "./film_bytes.ts";
export type { FilmFinder } from "./film_finder.ts";
export { dateOf, datesOf } from "./dates.ts";
export { type Format, formatOf, FORMATS } from "./names.ts";
export {
  Recorder,
  type RecorderOptions,
  type RecordRequest,
  type RecordSettings,
} from "./recorder.ts";
export { Recording } from "./recording.ts";
export { readRecordRules, RecordRules } from "./rules.ts";
export type { ReadableFile, Storage } from "./storage.ts";
