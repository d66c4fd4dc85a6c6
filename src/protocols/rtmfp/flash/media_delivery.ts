import type { Clock } from "../../../base/mod.ts";
import { type Delivery, type DeliveryOptions, encodeMedia } from "../../../flash/mod.ts";
import type { Listener } from "../../../hub/mod.ts";
import type { MediaMessage } from "../../../media/mod.ts";
import type { SendFlow } from "../flow/send_flow.ts";
import { SEND_QUEUE } from "../params.ts";
import { flashMessage } from "./message.ts";
import { VideoQueue } from "./video_queue.ts";

/** Encoded messages: the same bytes for every player. */
const encodedMessages = new WeakMap<MediaMessage, Uint8Array>();

/** The flows of one stream. */
export interface MediaFlows {
  readonly audio: SendFlow;
  readonly video: SendFlow;
  /** Data, statuses and user control. */
  readonly data: SendFlow;
}

export interface MediaDeliveryOptions extends DeliveryOptions {
  readonly listener: Listener;
  readonly flows: MediaFlows;
  readonly clock: Clock;
  /** Called once, before the first audio or video: makes the flows wait for each other. */
  readonly onStart: () => void;
}

/**
 * Sends a listener's media over the flows of its stream, as fast as the session allows. Audio never
 * waits for video; while the audio flow is full, all messages stay in the listener's backlog.
 */
export class MediaDelivery implements Delivery {
  readonly #listener: Listener;
  readonly #flows: MediaFlows;
  readonly #options: MediaDeliveryOptions;
  readonly #video = new VideoQueue();
  #hasStarted = false;
  #isAudioFull = false;
  #isVideoFull = false;
  #isClosed = false;
  #lostAudio = 0;
  #lostVideo = 0;

  constructor(options: MediaDeliveryOptions) {
    this.#options = options;
    this.#listener = options.listener;
    this.#flows = options.flows;
    this.ready();
  }

  readonly ready = (): void => {
    if (this.#isAudioFull || this.#isClosed) return;
    const { audio } = this.#flows;
    const listener = this.#listener;
    this.#countLost();
    for (let message = listener.peek(); message; message = listener.peek()) {
      if (audio.queued > SEND_QUEUE) {
        this.#isAudioFull = true;
        audio.whenBelow(SEND_QUEUE, () => {
          this.#isAudioFull = false;
          this.ready();
        });
        return;
      }
      // Of a file nothing is late: it waits for the network.
      if (this.#options.isRecorded && this.#isVideoFull) return;
      listener.takeMessage();
      if (message.kind !== "video") this.#send(message);
      else {
        const dropped = this.#video.enqueue(message, this.#options.clock.now());
        if (dropped > 0) {
          listener.videoQos.droppedFrames += dropped;
          listener.tellLate();
        }
        if (!this.#isVideoFull) this.#sendVideo();
      }
    }
  };

  close(): void {
    this.#isClosed = true;
    this.#flows.audio.close();
    this.#flows.video.close();
  }

  #sendVideo(): void {
    const { video } = this.#flows;
    while (video.queued <= SEND_QUEUE) {
      const message = this.#video.dequeue();
      if (!message) return;
      this.#send(message);
    }
    if (this.#video.isEmpty) return;
    this.#isVideoFull = true;
    video.whenBelow(SEND_QUEUE, () => {
      this.#isVideoFull = false;
      if (this.#isClosed) return;
      this.#sendVideo();
      if (this.#options.isRecorded) this.ready();
    });
  }

  #send(message: MediaMessage): void {
    const { audio, video, data } = this.#flows;
    if (message.kind === "audio" || message.kind === "video") {
      if (!this.#hasStarted) this.#options.onStart();
      this.#hasStarted = true;
      const isAudio = message.kind === "audio";
      const reliable = this.#options.reliable || message.role === "config";
      (isAudio ? audio : video).write(this.#encodeOnce(message), { reliable });
      return;
    }
    data.write(this.#encode(message), {
      reliable: this.#options.reliable || message.role === "config",
    });
  }

  #encode(message: MediaMessage): Uint8Array {
    const { localName: name } = this.#listener.publication;
    const { type, payload } = encodeMedia(message, this.#options.amf3, name);
    return flashMessage(type, message.time, payload);
  }

  #encodeOnce(message: MediaMessage): Uint8Array {
    let bytes = encodedMessages.get(message);
    if (bytes === undefined) {
      bytes = this.#encode(message);
      encodedMessages.set(message, bytes);
    }
    return bytes;
  }

  /** Counts messages that the network lost in the listener's quality of service. */
  #countLost(): void {
    const { audio, video } = this.#flows;
    const { audioQos, videoQos } = this.#listener;
    if (audio.lost > this.#lostAudio) audioQos.lose(audio.lost - this.#lostAudio);
    if (video.lost > this.#lostVideo) videoQos.lose(video.lost - this.#lostVideo);
    this.#lostAudio = audio.lost;
    this.#lostVideo = video.lost;
  }
}
