/**
 * Structures of Linux's sockets as they lie in memory on x86-64 and arm64, both little-endian with
 * pointers of 8 bytes.
 * Sources: recvmmsg(2), udp(7), ip(7), cmsg(3), and linux/udp.h.
 */

export const AF_INET = 2;
export const AF_INET6 = 10;

export const SOL_SOCKET = 1;
export const SO_TYPE = 3;
export const SO_ACCEPTCONN = 30;
export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;

export const IPPROTO_TCP = 6;
export const TCP_NODELAY = 1;

/** Both directions, for shutdown(2). */
export const SHUT_RDWR = 2;

export const MSG_DONTWAIT = 0x40;
/** No signal for a connection that the peer has ended. */
export const MSG_NOSIGNAL = 0x4000;

const SOL_UDP = 17;
const UDP_SEGMENT = 103;

/** Datagrams that one message may be cut into (UDP_MAX_SEGMENTS of every kernel that has it). */
export const MAX_SEGMENTS = 64;
/** Bytes of one message: what the length in an IPv4 header leaves, less both headers. */
export const MAX_MESSAGE = 65_507;

export const SOCKADDR_IN6_SIZE = 28;

/** struct mmsghdr: a msghdr of 56 bytes, then how much was sent or received. */
export const MMSGHDR_SIZE = 64;
const NAME = 0;
const NAME_LENGTH = 8;
const VECTORS = 16;
const VECTOR_COUNT = 24;
const CONTROL = 32;
const CONTROL_LENGTH = 40;
const TRANSFERRED = 56;

/** struct iovec. */
export const IOVEC_SIZE = 16;

/** struct cmsghdr, 16 bits, and what aligns them. */
export const CONTROL_SIZE = 24;
const CONTROL_USED = 18;

/**
 * Writes at `at` what of a mmsghdr stays the same: one iovec at `vector`, the name at `name`, both
 * addresses of memory that outlives the call.
 */
export function writeMessageHeader(view: DataView, at: number, name: number, vector: number): void {
  putAddress(view, at + NAME, name);
  putAddress(view, at + VECTORS, vector);
  putAddress(view, at + VECTOR_COUNT, 1);
}

/**
 * Writes at `at` what of a mmsghdr is each message's own.
 * @param control address of a cmsghdr; 0 when the message is one datagram
 */
export function writeMessageParts(
  view: DataView,
  at: number,
  nameLength: number,
  control: number,
): void {
  view.setUint32(at + NAME_LENGTH, nameLength, true);
  putAddress(view, at + CONTROL, control);
  view.setUint32(at + CONTROL_LENGTH, control === 0 ? 0 : CONTROL_SIZE, true);
}

/** How many bytes of the message whose mmsghdr is at `at` were received. */
export function readReceived(view: DataView, at: number): number {
  return view.getUint32(at + TRANSFERRED, true);
}

/** Writes an iovec at `at`: `length` bytes from the address `start`. */
export function writeVector(view: DataView, at: number, start: number, length: number): void {
  putAddress(view, at, start);
  view.setUint32(at + 8, length, true);
}

/** Writes at `at` the control message that cuts a message into datagrams of `size` bytes. */
export function writeSegmentSize(view: DataView, at: number, size: number): void {
  view.setUint32(at, CONTROL_USED, true);
  view.setInt32(at + 8, SOL_UDP, true);
  view.setInt32(at + 12, UDP_SEGMENT, true);
  view.setUint16(at + 16, size, true);
}

/** 64 bits; addresses of processes have 47 or 48, which a number holds. */
function putAddress(view: DataView, at: number, address: number): void {
  view.setUint32(at, address % 0x1_0000_0000, true);
  view.setUint32(at + 4, Math.floor(address / 0x1_0000_0000), true);
}
