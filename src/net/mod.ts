/** Thin adapters over the runtime's sockets: bytes in, bytes out, nothing of any protocol. */
export { formatAddress } from "./address.ts";
export { DatagramInput } from "./datagram_input.ts";
export { type Disk, disk, type DiskEntry, type FolderEntry, type OpenFile } from "./disk.ts";
export { type Gate, ListeningPort, type PortOptions } from "./listening_port.ts";
export {
  type TunnelledFactory,
  TunnelledInput,
  type TunnelledInputOptions,
  type TunnelledPeer,
  type TunnelledSession,
} from "./tunnelled.ts";
export { requestWeb, type WebAnswer, type WebRequest } from "./http_client.ts";
export { HeldInput, type HeldInputOptions } from "./held_input.ts";
export type { PausableInput } from "./input.ts";
export { openNativeUdp } from "./native/native_udp.ts";
export { openSocketControl } from "./native/socket_control.ts";
export { type ByteOutput, type ByteSink, type ByteSource, NOT_READING, Outbox } from "./outbox.ts";
export { type SocketControl, useSocketControl } from "./socket_control.ts";
export {
  connectTcp,
  listenTcp,
  type TcpConnection,
  type TcpConnectOptions,
  type TcpHandler,
  type TcpListenOptions,
  type TcpServer,
} from "./tcp.ts";
export { ENDLESS_TURN, type Share, type Turn, Turns, Weight, weightOf } from "./turns.ts";
export type { TlsKeys } from "./tls.ts";
export { bindUdp, type DatagramCalls, type UdpOptions, type UdpSocket } from "./udp.ts";
export type { UdpAddress } from "./udp_sender.ts";
export { WriteScheduler } from "./write_scheduler.ts";
