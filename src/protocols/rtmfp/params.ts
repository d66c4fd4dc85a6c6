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
/** Bytes of a session's datagram that every path takes. */
export const SAFE_DATAGRAM = 1200;
/** Bytes by which the header of IPv6 is longer than that of IPv4. */
export const IPV6_OVERHEAD = 20;
/** Bytes of a session's packet before encryption, while nothing is known of the path. */
export const MAX_PACKET = packetOf(SAFE_DATAGRAM);
/**
 * Interval between two probes of a host that did not answer. Linux remembers the limit that a router
 * reported for 10 minutes and fragments longer datagrams meanwhile: a second probe would be answered
 * although the path is too narrow.
 */
export const PATH_RETRY = 660_000;
/** Hosts whose probe is remembered; above that the oldest is forgotten. */
export const MAX_PROBED_HOSTS = 4096;
/** Long packets lost in a row before the path is taken to have changed. */
export const PATH_LOSSES = 8;
/** Bytes of a packet of the handshake: certificates are long, IP may fragment it. */
export const MAX_STARTUP_PACKET = 4256;
/** Bytes of the longest datagram; a longer one is dropped unread. */
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
/** An attempt without an answer fails after this time. */
export const OPENING_LIMIT = 95_000;
export const COOKIE_LIFETIME = 95_000;
/** Addresses that one attempt tries, redirections included. */
export const MAX_CANDIDATES = 24;
/** Senders of startup packets in fragments that are remembered at a time. */
export const MAX_FRAGMENTING_STARTUPS = 32;
/** Session packets kept that overtook the responder's keying. */
export const MAX_EARLY_PACKETS = 18;
/** Key agreements a second, as work of group 2, that are computed at once instead of in a thread. */
export const AGREEMENTS_AT_ONCE = 20;
/** Key agreements that the thread may have before it; more are refused. */
export const MAX_PENDING_AGREEMENTS = 400;
/** The thread of key agreements ends after this time without one. */
export const THREAD_IDLE = 60_000;
/** How many of the others a key agreement of group 16 counts for, in the limit a second. */
export const GROUP_16_WEIGHT = 8;
/** Sessions whose initiator has not yet shown that it has the keys. */
export const MAX_UNCONFIRMED = 1000;
export const UNCONFIRMED_LIMIT = 20_000;
/** The most bytes sent to an address that is not proven, per byte received from it. */
export const AMPLIFICATION = 3;
/**
 * Bytes of Ethernet, IPv4 and UDP around a datagram, counted for both: the hello of one widespread
 * client has 36 bytes, and it accepts no answer but one of 180.
 */
export const DATAGRAM_OVERHEAD = 18 + 20 + 8;

// Session (§3.5)
export const KEEPALIVE_MINIMUM = 1000;
export const RETRANSMIT_LIMIT = 120_000;
export const IDLE_LIMIT = 300_000;
export const NEAR_CLOSE_PERIOD = 90_000;
export const NEAR_CLOSE_RESEND = 5000;
export const FAR_CLOSE_LINGER = 19_000;
export const MOBILITY_LIFETIME = 120_000;
export const MOBILITY_INTERVAL = 1000;
/**
 * Repetitions of the challenge to a new address. Challenge and repetition together are less than
 * AMPLIFICATION times the shortest acknowledgement that causes them.
 */
export const MOBILITY_REPEATS = 1;
export const MAX_PING = MAX_PACKET - 200;
/** An echo of an older timestamp is no measurement of the path (§3.5.2.2). */
export const MAX_TIMESTAMP_AGE = 128_000;
export const INITIAL_MRTO = 250;
export const INITIAL_ERTO = 3000;
export const MINIMUM_ERTO = 250;
export const MAXIMUM_ERTO = 10_000;
export const ERTO_BACKOFF = Math.SQRT2;
export const DELAYED_ACK = 200;
export const ACK_AFTER_PACKETS = 2;
/**
 * Delay of an acknowledgement that is due, for the rest of a burst of data. Senders count
 * acknowledgements to detect losses, and set the window by the bytes in flight before each: one
 * acknowledgement per datagram of a burst would slow them down far more than the losses require.
 */
export const ACK_GATHER = 2;
export const TIME_CRITICAL_PERIOD = 800;
/** A count of congestion this far ahead of the last one, modulo 256, is an older one that was late. */
export const ECN_REORDERED = 0xe0;

// Flows (§3.6)
export const MAX_METADATA = 512;
/** Packet and chunk headers, flags and three long numbers around a fragment's user bytes. */
export const FRAGMENT_OVERHEAD = 5 + 3 + 1 + 3 * 8;
/** User bytes of one fragment, while nothing is known of the path. */
export const MAX_FRAGMENT = MAX_PACKET - FRAGMENT_OVERHEAD;
export const SENDER_MSS = MAX_FRAGMENT;
/** Unit of windows in acknowledgements (§2.3.13). */
export const WINDOW_BLOCK = 1024;
export const INITIAL_RECEIVE_BUFFER = 65_536;
export const NAKS_FOR_LOSS = 3;
/** Data packets sent in answer to one acknowledgement (§3.5.2.3). */
export const MAX_BURST = 6;
/** Bursts are not limited on a path with a shorter round trip: timers are too coarse for it. */
export const BURST_ROUND_TRIP = 4.5;
/** Round trip assumed for pacing while none was measured. */
export const ASSUMED_ROUND_TRIP = 200;
export const RECEIVE_COMPLETE_LINGER = 120_000;
export const PROBE_INITIAL = 1000;
export const PROBE_MAXIMUM = 60_000;
export const MAX_FLOWS = 1024;
/** Gaps remembered per flow; a fragment that would open another one is dropped. */
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
/** Receive window of a client's flows. */
export const STREAM_WINDOW = 2 * 1024 * 1024;
/** A flow of media is given more messages while fewer bytes than this are queued. */
export const SEND_QUEUE = 65_536;
/** Video queued longer than this is dropped until the next key frame. */
export const VIDEO_LAG = 2000;
/** Video is dropped until the next key frame when more bytes than this are queued. */
export const VIDEO_QUEUE = 2_000_000;
/** A session that ends waits up to this long for the acknowledgement of its last messages. */
export const CLOSE_GRACE = 3000;
/** Hellos a second that are passed to applications. */
export const HANDSHAKE_EVENTS_PER_SECOND = 1000;
export const ATTEMPTS_REMEMBERED = 4096;
export const MAX_REDIRECTS = 16;

/**
 * Bytes of a packet before encryption so that its datagram has at most `datagram` bytes: whole
 * blocks, of which one is left for padding and a sequence number, and the HMAC that we send.
 */
export function packetOf(datagram: number): number {
  return (Math.floor((datagram - SESSION_ID_LENGTH - SEND_HMAC_LENGTH) / 16) - 1) * 16;
}
