/** Message types of RTMP (specification 1.0 §5.4, §7.1) and RTMFP's Flash profile (RFC 7425 §5). */
export const MessageType = {
  setChunkSize: 1,
  abort: 2,
  acknowledgement: 3,
  userControl: 4,
  windowSize: 5,
  peerBandwidth: 6,
  audio: 8,
  video: 9,
  /** AMF0 data behind one zero byte, with values that may switch to AMF3. */
  dataAmf3: 15,
  sharedObjectAmf3: 16,
  /** AMF0 command behind one zero byte, with values that may switch to AMF3. */
  commandAmf3: 17,
  data: 18,
  sharedObject: 19,
  command: 20,
  aggregate: 22,
} as const;
