/** RTMFP: sessions over datagrams as initiator and responder, and the listener of its UDP port. */
export {
  type Attempt,
  Endpoint,
  type EndpointHandler,
  type EndpointOptions,
  type Hello,
  type HelloAnswer,
} from "./endpoint.ts";
export type { FlowReceiver, RecvFlow } from "./flow/recv_flow.ts";
export { Priority, type SendFlow, type WriteOptions } from "./flow/send_flow.ts";
export type { GroupPublication } from "./group/group_publication.ts";
export { NetGroups, type NetGroupsOptions } from "./group/net_groups.ts";
export {
  type DatagramSocket,
  DEFAULT_SETTINGS,
  RtmfpListener,
  type RtmfpListenerOptions,
  type RtmfpSettings,
  type SocketFactory,
} from "./listener.ts";
export type { Session } from "./session/session.ts";
export type { CloseReason, SessionHandler } from "./session/session_handler.ts";
export { Identity } from "./startup/certificate.ts";
export { KeyAgreements } from "./startup/key_agreements.ts";
export { PLAIN_PROTECTION, type Protection } from "./startup/key_agreement.ts";
export { type Address, addressText, parseAddress } from "./wire/address.ts";
