import { ByteReader, ByteWriter } from "../bytes/mod.ts";

/** Events of user control messages (RTMP §7.1.7, RFC 7425 §5.3.4). */
export const UserEvent = {
  streamBegin: 0,
  streamEof: 1,
  streamDry: 2,
  setBufferLength: 3,
  streamIsRecorded: 4,
  pingRequest: 6,
  pingResponse: 7,
} as const;

/** A user control message: an event and its 32-bit numbers, such as stream id or time. */
export interface UserControl {
  readonly event: number;
  readonly values: readonly number[];
}

/** Payload of a user control message. */
export function encodeUserControl(control: UserControl): Uint8Array {
  const out = new ByteWriter(2 + control.values.length * 4).u16(control.event);
  for (const value of control.values) out.u32(value);
  return out.take();
}

/** @throws ProtocolError when there is not even an event */
export function decodeUserControl(payload: Uint8Array): UserControl {
  const input = new ByteReader(payload);
  const event = input.u16();
  const values: number[] = [];
  while (input.remaining >= 4 && values.length < 4) values.push(input.u32());
  return { event, values };
}
