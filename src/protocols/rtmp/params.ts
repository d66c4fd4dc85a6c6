/** Limits and timers of RTMP. Sections are those of Adobe's RTMP specification 1.0. */
import { defaults } from "../../config/mod.ts";

/** Chunk size until a Set Chunk Size message changes it, in bytes (§5.4.1). */
export const DEFAULT_CHUNK_SIZE = 128;

/** Chunk size of what relays send to other servers, in bytes. */
export const RELAY_CHUNK_SIZE = defaults.RTMP.chunkSize;

/** Largest chunk size that matters: no message is longer than its 24-bit length (§5.4.1). */
export const MAX_CHUNK_SIZE = 0xff_ffff;

/** What one connection may make the server hold, in bytes. */
export interface ChunkLimits {
  /** The longest message. */
  readonly message: number;
  /** All unfinished messages together. */
  readonly partial: number;
}

/** Before connect is accepted: that command needs little. */
export const EARLY_LIMITS: ChunkLimits = { message: 65_536, partial: 131_072 };

/**
 * After connect. A key frame of 50 Mbit/s video stays below 2 MB; a single message must not exceed
 * the backlog limits of players.
 */
export const CONNECTED_LIMITS: ChunkLimits = { message: 4_194_304, partial: 8_388_608 };

/** Size of C1, C2, S1 and S2 (§5.2.3, §5.2.4). */
export const BLOCK_SIZE = 1536;

/** Bytes that wait to be encrypted for a client that does not read, after which it is cut. */
export const MAX_ENCRYPTED_QUEUE = 8_000_000;

/** Chunk streams that one connection may use; clients use fewer than ten. */
export const MAX_CHUNK_STREAMS = 1_024;

/** Bytes that an unfinished message's buffer starts with; it doubles as they come. */
export const FIRST_BUFFER = 4_096;

/** Milliseconds that a client has to ask for the policy of sockets, and to take it. */
export const POLICY_TIMEOUT = 5_000;

/** Window Acknowledgement Size and Peer Bandwidth that this server announces, in bytes (§5.4.4). */
export const WINDOW_SIZE = 2_500_000;

/** Milliseconds from the connection's start to the handshake's end. */
export const HANDSHAKE_TIMEOUT = 10_000;

/** Milliseconds from the handshake's end to an accepted connect command. */
export const CONNECT_TIMEOUT = 10_000;

/** Milliseconds between ping requests (§7.1.7), when a third of the timeout is not shorter. */
export const PING_INTERVAL = 20_000;

/** How often a listener looks for sessions whose deadline has passed, in milliseconds. */
export const DEADLINE_INTERVAL = 1_000;

/**
 * Chunk stream ids of what is sent. Media and data of a subscription have ids of their own, since
 * their bytes are shared by all subscribers; every message begins with a full header.
 */
export const ChunkStreamId = {
  control: 2,
  command: 3,
  audio: 4,
  data: 5,
  video: 6,
  stream: 8,
} as const;

/** Milliseconds between attempts to reach a server that is not ours, and the part left to chance. */
export const RELAY_RETRY_INTERVAL = 5_000;
export const RELAY_RETRY_JITTER = 0.2;
