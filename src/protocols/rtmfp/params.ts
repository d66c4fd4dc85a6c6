/**
 * Limits and timers on one page. Times in milliseconds, sizes in bytes; § is RFC 7016 unless said
 * otherwise.
 */

/** AES-128 key of packets that belong to no session yet (RFC 7425 §4.1). */
export const DEFAULT_KEY = "Adobe Systems 02";

// Packets
export const SESSION_ID_LENGTH = 4;
/** Bytes of the HMACs that we send, of 4 to 32. */
export const SEND_HMAC_LENGTH = 10;
/** Datagrams of a session that every path takes. */
export const SAFE_DATAGRAM = 1200;
/** Longer ones that are tried, over IPv4: what WireGuard leaves of Ethernet's 1500 bytes. */
export const LONGEST_DATAGRAM = 1392;
/** The header of IPv6 is so much longer. */
export const IPV6_OVERHEAD = 20;
/** What a session's packet may hold before encryption, where nothing is known of the path. */
export const MAX_PACKET = packetOf(SAFE_DATAGRAM);
/**
 * A host that no long packet reached is not asked again before this has passed. Linux remembers a
 * limit that a router told it for 10 minutes, cuts what is longer meanwhile, and a second question
 * would be answered although the path is too narrow.
 */
export const PATH_RETRY = 660_000;
/** Such hosts remembered; the oldest gives way. */
export const MAX_ASKED_PATHS = 4096;
/** Long packets lost in a row before a path is taken for one that has changed. */
export const PATH_LOSSES = 8;
/** What a packet of the handshake may hold: certificates are long, IP may fragment it. */
export const MAX_STARTUP_PACKET = 4256;
/** What a datagram may hold at all; a longer one is dropped unread. */
export const MAX_DATAGRAM = 8192;
/** One tick of the header's 16-bit timestamps (§2.2.4). */
export const TIMESTAMP_TICK = 4;
export const MAX_PACKET_FRAGMENTS = 16;
export const MAX_FRAGMENTED_PACKETS = 4;

// Startup (§3.5.1)
export const TAG_LENGTH = 16;
export const MAX_TAG_LENGTH = 64;
/** Our hellos are padded, so that an answer with a long certificate is no amplification. */
export const HELLO_LENGTH = 368;
export const HELLO_RESEND = 1000;
export const KEYING_RESEND = 1000;
export const RESEND_GROWTH = 1500;
/** An opening session that got no answer gives up. */
export const OPENING_LIMIT = 95_000;
export const COOKIE_LIFETIME = 95_000;
/** How many addresses one opening session tries, redirections included. */
export const MAX_CANDIDATES = 24;
/** Senders of startup packets in fragments that are remembered at a time. */
export const MAX_FRAGMENTING_STARTUPS = 32;
/** Session packets that overtook the responder's keying are kept for a moment. */
export const MAX_EARLY_PACKETS = 18;
/** Diffie-Hellman computations a second, and how many may come at once. */
export const KEYINGS_PER_SECOND = 400;
/** The same of one host. */
export const KEYINGS_OF_HOST = 200;
/** Sessions whose initiator has not yet shown that it has the keys. */
export const MAX_UNCONFIRMED = 1000;
export const UNCONFIRMED_LIMIT = 20_000;
/** An answer to an address that has proven nothing is at most so many times its question. */
export const AMPLIFICATION = 3;
/**
 * Ethernet, IPv4 and UDP around a datagram, which count on both sides of that: one widespread client
 * asks in 36 bytes and takes no answer but one of 180.
 */
export const DATAGRAM_OVERHEAD = 18 + 20 + 8;

// Session (§3.5)
export const KEEPALIVE_DEFAULT = 15_000;
export const KEEPALIVE_MINIMUM = 1000;
export const RETRANSMIT_LIMIT = 120_000;
export const IDLE_LIMIT = 300_000;
export const NEAR_CLOSE_PERIOD = 90_000;
export const NEAR_CLOSE_RESEND = 5000;
export const FAR_CLOSE_LINGER = 19_000;
export const MOBILITY_LIFETIME = 120_000;
export const MOBILITY_INTERVAL = 1000;
/**
 * How often the question about a new address is sent again: both are still less than AMPLIFICATION
 * times the shortest acknowledgement that set it off.
 */
export const MOBILITY_REPEATS = 1;
export const MAX_PING = MAX_PACKET - 200;
/** An echo of an older timestamp says nothing about the path (§3.5.2.2). */
export const MAX_TIMESTAMP_AGE = 128_000;
export const INITIAL_MRTO = 250;
export const INITIAL_ERTO = 3000;
export const MINIMUM_ERTO = 250;
export const MAXIMUM_ERTO = 10_000;
export const ERTO_BACKOFF = Math.SQRT2;
export const DELAYED_ACK = 200;
export const ACK_AFTER_PACKETS = 2;
/**
 * How long an acknowledgement that is due waits for more of a burst of data. A sender counts
 * acknowledgements when it looks for losses and measures its window by what was in flight before
 * each: with one for every datagram of a burst it slows down far more than the losses ask for.
 */
export const ACK_GATHER = 2;
export const TIME_CRITICAL_PERIOD = 800;
/** A count of congestion so far ahead of the last one, modulo 256, is an older one come late. */
export const ECN_REORDERED = 0xe0;

// Flows (§3.6)
export const MAX_METADATA = 512;
/** Packet and chunk headers, flags and three long numbers around a fragment's user bytes. */
export const FRAGMENT_OVERHEAD = 5 + 3 + 1 + 3 * 8;
/** User bytes of one fragment, where nothing is known of the path. */
export const MAX_FRAGMENT = MAX_PACKET - FRAGMENT_OVERHEAD;
export const SENDER_MSS = MAX_FRAGMENT;
export const INITIAL_RECEIVE_BUFFER = 65_536;
export const NAKS_FOR_LOSS = 3;
/** Data packets sent in answer to one acknowledgement (§3.5.2.3). */
export const MAX_BURST = 6;
/** On a path with a shorter round trip than this no timer spaces packets: nothing limits bursts. */
export const BURST_ROUND_TRIP = 4.5;
/** Round trip assumed for pacing while none was measured. */
export const ASSUMED_ROUND_TRIP = 200;
export const RECEIVE_COMPLETE_LINGER = 120_000;
export const PROBE_INITIAL = 1000;
export const PROBE_MAXIMUM = 60_000;
export const MAX_FLOWS = 1024;
/** Flows that a session accepts a second, after as many at once as it may have. */
export const FLOWS_PER_SECOND = 200;
/** Gaps remembered per flow; what would open another one is left for the sender to repeat. */
export const MAX_GAPS = 512;
/** Bytes of all messages in assembly of one session. */
export const MAX_SESSION_BUFFER = 32 * 1024 * 1024;

// Congestion control (appendix A)
export const CWND_INITIAL = 3 * SENDER_MSS;
export const CWND_TIMED_OUT = SENDER_MSS;
export const CWND_LARGE = 67_200;

// Flash (RFC 7425)
/** The longest message, whose length RTMP has in 24 bits. */
export const MAX_MESSAGE = 16 * 1024 * 1024;
export const KEEPALIVE_PEER_DEFAULT = 10_000;
/** Receive window of a client's flows. */
export const STREAM_WINDOW = 2 * 1024 * 1024;
/** A flow of media takes more while it has less than this queued. */
export const SEND_QUEUE = 65_536;
/** Video that waited so long for its flow is left out, up to a key frame, */
export const VIDEO_LAG = 2000;
/** and so is video of which so much waits. */
export const VIDEO_QUEUE = 2_000_000;
/** A session that ends waits so long for what it said last to arrive. */
export const CLOSE_GRACE = 3000;
/** Hellos that applications are asked about, a second. */
export const HANDSHAKE_EVENTS_PER_SECOND = 1000;
export const ATTEMPTS_REMEMBERED = 4096;
export const MAX_REDIRECTS = 16;

/**
 * What a packet may hold before encryption so that its datagram has at most so many bytes: whole
 * blocks, of which one is left for padding and a sequence number, and the HMAC that we send.
 */
export function packetOf(datagram: number): number {
  return (Math.floor((datagram - SESSION_ID_LENGTH - SEND_HMAC_LENGTH) / 16) - 1) * 16;
}
