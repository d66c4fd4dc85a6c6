/** Type (8 bits) and timestamp (32 bits) in front of a message's payload (RFC 7425 §5.3.1). */
export const MESSAGE_HEADER = 5;

/** A whole message, its payload copied. */
export function flashMessage(
  type: number,
  time: number,
  payload: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const message = new Uint8Array(MESSAGE_HEADER + payload.length);
  message[0] = type;
  message[1] = time >>> 24;
  message[2] = time >>> 16;
  message[3] = time >>> 8;
  message[4] = time;
  message.set(payload, MESSAGE_HEADER);
  return message;
}

/** Time of a media message in milliseconds, behind its type. */
export function messageTime(message: Uint8Array): number {
  return ((message[1]! << 24) | (message[2]! << 16) | (message[3]! << 8) | message[4]!) >>> 0;
}
