import type { Clock } from "../../../base/mod.ts";
import {
  type Delivery,
  type DeliveryOptions,
  encodeData,
  MessageType,
  statusInfo,
  statusMessage,
} from "../../../flash/mod.ts";
import type { Listener } from "../../../hub/mod.ts";
import type { MediaMessage } from "../../../media/mod.ts";
import type { SendFlow } from "../flow/send_flow.ts";
import { SEND_QUEUE } from "../params.ts";
import { flashMessage } from "./message.ts";
import { VideoQueue } from "./video_queue.ts";

/** Messages as they are sent, the same bytes for every player. */
const encoded = new WeakMap<MediaMessage, Uint8Array>();

/** The flows of one stream. */
export interface MediaFlows {
  readonly audio: SendFlow;
  readonly video: SendFlow;
  /** Data, statuses and user control. */
  readonly data: SendFlow;
}

/**
 * Sends a listener's media over the flows of its stream, as fast as the session lets it. Audio never
 * waits for video; while the audio's flow is full, everything waits as the listener's backlog.
 */
export class MediaDelivery implements Delivery {
  readonly #listener: Listener;
  readonly #flows: MediaFlows;
  readonly #options: DeliveryOptions;
  readonly #clock: Clock;
  readonly #video = new VideoQueue();
  /** Makes the flows wait for each other, once, before the first media. */
  #sync: (() => void) | undefined;
  #audioWaits = false;
  #videoWaits = false;
  #closed = false;
  #lostAudio = 0;
  #lostVideo = 0;

  constructor(
    listener: Listener,
    flows: MediaFlows,
    options: DeliveryOptions,
    clock: Clock,
    sync: () => void,
  ) {
    this.#listener = listener;
    this.#flows = flows;
    this.#options = options;
    this.#clock = clock;
    this.#sync = sync;
    this.ready();
  }

  readonly ready = (): void => {
    if (this.#audioWaits || this.#closed) return;
    const { audio } = this.#flows;
    const listener = this.#listener;
    this.#countLost();
    for (let message = listener.peek(); message; message = listener.peek()) {
      if (audio.queued > SEND_QUEUE) {
        this.#audioWaits = true;
        audio.whenBelow(SEND_QUEUE, () => {
          this.#audioWaits = false;
          this.ready();
        });
        return;
      }
      listener.take();
      if (message.kind !== "video") this.#send(message);
      else {
        listener.videoQos.droppedFrames += this.#video.push(message, this.#clock.now());
        if (!this.#videoWaits) this.#sendVideo();
      }
    }
  };

  close(): void {
    this.#closed = true;
    this.#flows.audio.close();
    this.#flows.video.close();
  }

  #sendVideo(): void {
    const { video } = this.#flows;
    while (video.queued <= SEND_QUEUE) {
      const message = this.#video.shift();
      if (!message) return;
      this.#send(message);
    }
    if (this.#video.isEmpty) return;
    this.#videoWaits = true;
    video.whenBelow(SEND_QUEUE, () => {
      this.#videoWaits = false;
      if (!this.#closed) this.#sendVideo();
    });
  }

  #send(message: MediaMessage): void {
    const { audio, video, data } = this.#flows;
    if (message.kind === "audio" || message.kind === "video") {
      this.#sync?.();
      this.#sync = undefined;
      const isAudio = message.kind === "audio";
      const reliable = this.#options.reliable || message.role === "config";
      (isAudio ? audio : video).write(mediaMessage(message, isAudio), { reliable });
      return;
    }
    const bytes = message.kind === "data" ? this.#data(message) : this.#notice(message);
    data.write(bytes, { reliable: this.#options.reliable || message.role === "config" });
  }

  #data(message: MediaMessage): Uint8Array {
    const { type, payload } = encodeData(message, this.#options.amf3);
    return flashMessage(type, message.time, payload);
  }

  #notice(message: MediaMessage): Uint8Array {
    const { name } = this.#listener.publication;
    const [code, text] = message.kind === "published"
      ? ["PublishNotify", "is now published"]
      : ["UnpublishNotify", "is now unpublished"];
    const info = statusInfo(`NetStream.Play.${code}`, `${name} ${text}`);
    const { type, payload } = statusMessage(this.#options.amf3, { ...info, details: name });
    return flashMessage(type, message.time, payload);
  }

  /** What the network lost of unreliable media is told to whoever watches the quality. */
  #countLost(): void {
    const { audio, video } = this.#flows;
    const { audioQos, videoQos } = this.#listener;
    if (audio.lost > this.#lostAudio) audioQos.lose(audio.lost - this.#lostAudio);
    if (video.lost > this.#lostVideo) videoQos.lose(video.lost - this.#lostVideo);
    this.#lostAudio = audio.lost;
    this.#lostVideo = video.lost;
  }
}

function mediaMessage(message: MediaMessage, isAudio: boolean): Uint8Array {
  let bytes = encoded.get(message);
  if (!bytes) {
    const type = isAudio ? MessageType.audio : MessageType.video;
    bytes = flashMessage(type, message.time, message.payload);
    encoded.set(message, bytes);
  }
  return bytes;
}
