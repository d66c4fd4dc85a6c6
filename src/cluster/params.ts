/** Version of the links' protocol: two servers with different ones refuse each other. */
export const LINK_VERSION = 1;

/** Longest frame before the peer has proved the secret, in bytes. */
export const MAX_HANDSHAKE_FRAME = 1_024;

/** Longest frame after it, in bytes: RTMP's longest message and its name. */
export const MAX_FRAME = 16_777_216 + 4_096;

/** Longest body of a frame: the type takes one byte of it. */
export const MAX_BODY = MAX_FRAME - 1;

/** Longest name in a frame (method, publication, path), in bytes. */
export const MAX_FRAME_NAME = 4_096;

/** Milliseconds that a connection has to become a link. */
export const HANDSHAKE_TIMEOUT = 10_000;

/** Milliseconds between pings. */
export const PING_INTERVAL = 5_000;

/** Milliseconds of silence of the peer after which the link is cut. */
export const SILENCE_LIMIT = 15_000;

/** Milliseconds between looks at the deadlines of all links. */
export const DEADLINE_INTERVAL = 1_000;

/** Milliseconds between attempts to reach a target, and the part of it that is left to chance. */
export const RETRY_INTERVAL = 10_000;
export const RETRY_JITTER = 0.2;

/** Milliseconds that a TCP (and TLS) connection to a target may take. */
export const CONNECT_TIMEOUT = 10_000;

/** Members of an introduction: properties, applications, each. */
export const MAX_INTRODUCED = 1_000;

/** Connections that are not links yet, at most; more are dropped. */
export const MAX_PENDING_LINKS = 256;

/** A list of what a server has is cut into frames of about this many bytes. */
export const SHARED_FRAME_SIZE = 262_144;

/** Milliseconds after which a publication whose origin was lost is fetched again. */
export const PULL_RETRY_INTERVAL = 500;

/** Milliseconds between a member's heartbeats at the broker. */
export const HEARTBEAT_INTERVAL = 2_000;

/** Milliseconds of silence after which a member is gone. */
export const MEMBER_SILENCE = 6_500;

/** Milliseconds between pings to the broker; it is lost when two are not answered. */
export const BROKER_PING = 4_000;

/** Milliseconds between attempts to reach the broker. */
export const BROKER_RETRY = 1_000;

/** Milliseconds that a connection to the broker may take. */
export const BROKER_TIMEOUT = 5_000;

/** Milliseconds in which members that stop at the same moment hear of each other. */
export const LEAVING_PAUSE = 250;

/** Members of a cluster, at most. */
export const MAX_MEMBERS = 4_096;

/** Milliseconds in which the other servers say whether they have a shared object. */
export const OFFER_TIME = 1_000;

/** Milliseconds in which the server that is to decide about a shared object says that it does. */
export const OWNER_TIME = 2_000;

/** Changes of one shared object that wait for the server that decides. */
export const MAX_REQUESTS = 65_536;

/** Versions that an object is ahead after its owner was lost: others may have seen later ones. */
export const OWNER_GAP = 16_384;

/** Publications, peers and memberships of one server that others keep, at most. */
export const MAX_SHARED_ITEMS = 1_000_000;
