/** Numbers of ISO/IEC 13818-1, "§" below, and choices that it leaves open. */

export const PACKET_SIZE = 188;
export const SYNC = 0x47;
/** Bytes of a packet after its four of header. */
export const PACKET_CAPACITY = 184;

export const PID_PAT = 0;
export const PID_PMT = 0x1000;
export const PID_NULL = 0x1fff;

export const STREAM_ID_AUDIO = 0xc0;
export const STREAM_ID_VIDEO = 0xe0;

/** Stream types, table 2-34. */
export const TYPE_MPEG1_AUDIO = 0x03;
export const TYPE_MPEG2_AUDIO = 0x04;
export const TYPE_ADTS = 0x0f;
export const TYPE_H264 = 0x1b;
export const TYPE_HEVC = 0x24;

/** PIDs by stream type: where a PID gets another type, FFmpeg keeps the decoder it had. */
export const PIDS: ReadonlyMap<number, number> = new Map([
  [TYPE_H264, 0x100],
  [TYPE_ADTS, 0x101],
  [TYPE_HEVC, 0x102],
  [TYPE_MPEG1_AUDIO, 0x103],
  [TYPE_MPEG2_AUDIO, 0x105],
]);

/** Ticks of time stamps in a millisecond. */
export const TICKS = 90;
/** Time stamps have 33 bits. */
export const WRAP = 2 ** 33;

/** Milliseconds between the arrival of a frame by the clock reference and its decoding. */
export const DELAY = 500;
/** Milliseconds that a frame may be shown before the time of its tag; what is more is no time. */
export const MAX_LEAD = 10_000;
/** Milliseconds after which the tables come again. */
export const TABLE_INTERVAL = 500;
/** Milliseconds after which the clock reference comes again; §2.7.2 allows 100. */
export const CLOCK_INTERVAL = 80;
/** Milliseconds that frames may be apart from the clock reference before it jumps to them. */
export const MAX_SKEW = 5000;

/** Bytes of parameter sets that are repeated before key frames. */
export const MAX_PARAMETER_SETS = 0x10000;
