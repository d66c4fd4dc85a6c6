/** Clients, publications and listeners, and the events that applications answer: no protocol, no Lua. */
export { BanList, hostOf } from "./ban_list.ts";
export { type Exhausted, InputBudget, type InputCharge, type InputLimits } from "./input_budget.ts";
export { ChainedMessage } from "./chained_message.ts";
export {
  Client,
  type ClientHooks,
  type ClientInfo,
  type ClientInput,
  type ClientMove,
  type Properties,
  type Protocol,
  type Transport,
} from "./client.ts";
export { catalogue, type CatalogueEntry } from "./catalogue.ts";
export { type Directory, NO_DIRECTORY } from "./directory.ts";
export { END_CAUSES, type EndCause, type Ending } from "./ending.ts";
export type { ConnectionValues } from "./connection_values.ts";
export {
  ContainerPlayer,
  type ContainerRequest,
  type PlayerEnd,
  type PlayerOutput,
} from "./container_player.ts";
export { Group } from "./group.ts";
export {
  type CallQuestion,
  type ConnectionQuestion,
  type Decisions,
  type Events,
  type ExchangeQuestion,
  type Handler,
  type HandshakeQuestion,
  openHandler,
  type PublishQuestion,
  type Question,
  type ReadDecision,
  type ReadQuestion,
  type Redirection,
  type SharedObjectQuestion,
  type SubscribeQuestion,
  type WriteQuestion,
} from "./handler.ts";
export { Hub, type HubOptions } from "./hub.ts";
export { Listener, type ListenerSink } from "./listener.ts";
export {
  DEFAULT_QUEUE_LIMITS,
  type LiveRules,
  MAX_NAME_LENGTH,
  QUESTION_TIMEOUT,
  type QueueLimits,
} from "./params.ts";
export { OnDemand, type OnDemandOptions, type Opened } from "./on_demand.ts";
export type { Questions } from "./questions.ts";
export type { HubObserver } from "./observer.ts";
export type { Origin, OriginKind, PublishMode } from "./origin.ts";
export type { PublisherSink } from "./feed.ts";
export { Publication, type PublicationHooks } from "./publication.ts";
export { QualityOfService } from "./qos.ts";
export {
  type FilmRange,
  type FilmRequest,
  type FilmSink,
  type FoundFilm,
  NO_RECORDINGS,
  type PlayedFilm,
  type RecordedFile,
  type RecordingGap,
  type Recordings,
} from "./recorded.ts";
export type { CreationRates } from "./rates.ts";
export {
  Refusal,
  type RefusalOptions,
  type RefusalReason,
  type Refuser,
  type ScriptPosition as Place,
} from "./refusal.ts";
export type { Asked, Refused } from "./refused.ts";
export type { EncodedStream, MediaPart } from "./encoded_stream.ts";
export { type LocalName, StreamNames } from "./stream_names.ts";
export type { Tap, TapOptions } from "./tap.ts";
export { type CallAnswer, type SendCall, ServerCalls } from "./server_calls.ts";
export { CLOSED_WRITER, type FlowWriter, Invocation, invoke } from "./writer.ts";
