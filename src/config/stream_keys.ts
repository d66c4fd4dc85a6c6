import { choice, duration, integer, text } from "./key.ts";

/** The keys of live streams as HLS: `[hls]`. */
export const hls = {
  applications: text(
    "*",
    "Applications with streams as name.m3u8: * for all, or paths such as /live /show; empty: none.",
  ),
  format: choice(
    "mp4",
    ["mp4", "ts"],
    "Segments: mp4 for all codecs, ts for old devices; stream.m3u8?format=ts asks for one stream.",
  ),
  segment: duration(
    2,
    [1, 10],
    "seconds",
    "Length of a segment: it ends with the first key frame after this time.",
  ),
  part: duration(
    300,
    [100, 2000],
    "milliseconds",
    "Length of the parts of a segment, by which players follow at low latency.",
  ),
  count: integer(7, [3, 1000], "segments", "Segments that a playlist lists."),
  window: duration(
    0,
    [0, 86_400],
    "seconds",
    "How far players can seek back; streams are then muxed from their begin on; 0: count segments.",
  ),
  memory: integer(
    256,
    [1, 100_000],
    "megabytes",
    "Segments of one stream in memory; those of the window that are older go to the directory.",
  ),
  directory: text(
    "hls",
    "Folder for segments of the window, relative to dir, this server's own: emptied at start.",
  ),
  maxDisk: integer(
    10_000,
    [0, 1_000_000_000],
    "megabytes",
    "Segments of all streams in the directory; then the oldest leave; 0 keeps all in memory.",
  ),
  minFree: integer(
    500,
    [0, 1_000_000_000],
    "megabytes",
    "While the disk has less free, the oldest segments leave it.",
  ),
  maxSessions: integer(
    1000,
    [0, 1_000_000],
    "players",
    "Players of one address at one time; 0 for no limit.",
  ),
};

/** The keys of recordings: `[record]`; its other lines are rules. */
export const record = {
  directory: text(
    "recordings",
    "Folder of recordings, relative to dir; each application has its own below it.",
  ),
  path: text(
    "%app/%name/%Y-%m-%d_%H-%M-%S",
    "Names of recordings: application, stream and time (UTC); the format adds the ending.",
  ),
  maxTime: duration(
    3600,
    [0, 604_800],
    "seconds",
    "A new file begins after this time, at a key frame; 0 for never.",
  ),
  maxSize: integer(
    0,
    [0, 1_000_000],
    "megabytes",
    "A new file begins after this size, at a key frame; 0 for never.",
  ),
  keepTime: duration(
    0,
    [0, 315_360_000],
    "seconds",
    "Recordings that ended longer ago are deleted; 0 keeps them.",
  ),
  keepSize: integer(
    0,
    [0, 1_000_000_000],
    "megabytes",
    "While all recordings are larger together, the oldest is deleted; 0 keeps them.",
  ),
  keepFree: integer(
    0,
    [0, 1_000_000_000],
    "megabytes",
    "While the disk has less free, the oldest recording is deleted; 0 keeps them.",
  ),
  minFree: integer(
    500,
    [0, 1_000_000_000],
    "megabytes",
    "While the disk has less free, nothing is recorded; 0 records until it is full.",
  ),
};
