/**
 * NetGroup streams between peers. The protocol is not published: types, layouts and periods are what
 * librtmfp, a client that takes part in groups of Flash Player, sends and reads.
 */

/** First byte of a message, on flows of these {@link GroupFlowKind}s. */
export const GroupMessage = {
  /** A part of a media message: the last one of several. */
  mediaEnd: 0x00,
  /** The first message of a peer: its group, a proof that it knows the specification, whom it means. */
  join: 0x01,
  /** Goes before `begin`. */
  start: 0x02,
  /** Addresses of peers. */
  report: 0x0a,
  /** The peer would like to leave. */
  leave: 0x0c,
  begin: 0x0e,
  beginNearest: 0x0f,
  /** One in the middle of several. */
  mediaNext: 0x10,
  /** A whole media message. */
  media: 0x20,
  /** Announces a stream, or subscribes to it; with a number alone, the stream has ended. */
  stream: 0x21,
  /** Which parts there are. */
  map: 0x22,
  /** Asks for parts with these remainders of their number modulo 8, as bits. */
  push: 0x23,
  /** Asks for one part. */
  pull: 0x2b,
  /** The first one of several. */
  mediaStart: 0x30,
} as const;

/** Last byte of a flow's metadata `47 52 xx`. */
export const GroupFlowKind = {
  /** Announcements, maps and requests of one stream. */
  stream: 0x11,
  /** Parts of one stream. */
  media: 0x12,
  /** Membership and reports. */
  main: 0x1c,
} as const;

/** Bytes of media that a part carries at most, unless its message needs more than {@link MAX_PARTS}. */
export const PART_SIZE = 959;
/** Parts of one message: their number is one byte for librtmfp, which loses a message of 256. */
export const MAX_PARTS = 255;

/** Milliseconds that the group keeps parts for each other. */
export const WINDOW = 8_000;
/** Milliseconds that they are kept beyond that, for requests on their way. */
export const RELAY_MARGIN = 2_000;
/** Milliseconds between two maps. */
export const MAP_INTERVAL = 100;
/** Milliseconds before a member fetches what it was not sent. */
export const FETCH_AFTER = 2_500;
/** Peers that a part is pushed to; all others fetch it, or get it from them. */
export const PUSHED_TO = 5;
/** Bytes of parts that one stream keeps. */
export const MAX_KEPT = 32 * 1024 * 1024;
/**
 * Bytes that wait for one peer: while there are more, it is pushed nothing and fetches nothing. Two
 * large key frames; the bytes are the same for all peers.
 */
export const MAX_WAITING = 2 * 1024 * 1024;

/** Milliseconds before we fetch a part that others have and none has pushed. */
export const PULL_AFTER = 500;
/** Milliseconds before it is fetched from another one. */
export const PULL_AGAIN = 1_000;
/** Parts asked for, and looked at, in one round of {@link MAP_INTERVAL}. */
export const MAX_PULLS = 64;
export const MAX_LOOKED_AT = 2_048;
/** Milliseconds before a part that no peer sends is given up. */
export const GIVE_UP_AFTER = 4_000;
/** Milliseconds without a member that has the stream after which it is over. */
export const SILENCE = 15_000;
/** Streams that are over and still announced. */
export const ENDED_REMEMBERED = 16;
/** Parts ahead of the one that is waited for, beyond which a stream begins anew. */
export const MAX_AHEAD = 20_000;
/** Bytes of a map that are kept. */
export const MAX_MAP = 4_096;
/** Bytes of a message in parts. */
export const MAX_RECEIVED = 16 * 1024 * 1024;

/** Milliseconds between two reports to a peer. */
export const REPORT_INTERVAL = 10_000;
/** Peers that a report tells of. */
export const REPORTED_PEERS = 12;
/** Milliseconds between two repetitions of codec headers and metadata, for members that come later. */
export const HEADER_INTERVAL = 900;
/** Streams that this server publishes into groups, or plays of them: each costs as a player does. */
export const MAX_STREAMS = 64;
/** Sessions with peers, of all groups. */
export const MAX_NEIGHBORS = 64;
/** Handshakes answered a second, half of them of one host. */
export const PEER_HANDSHAKES = 40;
/** Flows that a peer may have for streams of one group. */
export const MAX_STREAM_FLOWS = 32;
