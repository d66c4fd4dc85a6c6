import { QualityOfService } from "../../hub/mod.ts";
import { define, readonly } from "../lua/definition.ts";

/** `publication.audioQOS`, `listener.videoQOS`, ... */
export const qualityOfService = define<QualityOfService>({
  name: "QualityOfService",
  type: QualityOfService,
  members: {
    byteRate: readonly((qos) => qos.byteRate),
    lostRate: readonly((qos) => qos.lostRate),
    congestionRate: readonly((qos) => qos.congestionRate),
    latency: readonly((qos) => qos.latency),
    droppedFrames: readonly((qos) => qos.droppedFrames),
    lastSendingTime: readonly((qos) => Math.round(qos.lastTime)),
  },
});
