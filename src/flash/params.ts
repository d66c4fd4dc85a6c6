/** Streams that one connection may create; a client that publishes and plays needs two. */
export const MAX_STREAMS = 256;

/** Files that wait on one stream for the one before to end. */
export const MAX_PLAYLIST = 256;

/** Bytes of listener backlog at which its congestion rate is 1: video is being left out by then. */
export const CONGESTED_BACKLOG = 2_000_000;

/** Milliseconds between two times that a player is told that it falls behind. */
export const WARNING_INTERVAL = 5_000;

/** What the answer to connect says of the server. */
export const SERVER_VERSION = "MonaServer/2,0";

/** Functions that clients expect of a server, as Flash Media Server announces them. */
export const CAPABILITIES = 31;

/** Enhanced RTMP v2, FourCcInfoMask: a relay forwards what it neither encodes nor decodes. */
export const CAN_FORWARD = 4;

/** Enhanced RTMP v2, CapsExMask: the peer goes elsewhere when it is asked to. */
export const CAN_RECONNECT = 1;

/** Enhanced RTMP v2, CapsExMask: multitrack, ModEx and nanosecond offsets pass through. */
export const CAN_FORWARD_TRACKS = 2 | 4 | 8;

/** Milliseconds between two checks of a client's bandwidth. */
export const BANDWIDTH_CHECK_INTERVAL = 10_000;

/** Milliseconds after which a check has measured long enough. */
export const BANDWIDTH_CHECK_TIME = 300;

/** Milliseconds that a client may take to answer one call of a check. */
export const BANDWIDTH_PATIENCE = 15_000;

/** Bytes of the largest call of a check. */
export const MAX_BANDWIDTH_PAYLOAD = 524_288;

/** Bytes of requests that may wait for their turn; then the client is not read, or is cut. */
export const MAX_WAITING_REQUESTS = 262_144;
