/** Bytes (a power of two) of the block that is given back; glibc keeps twice as many. */
const BLOCK = 8_388_608;

let isKept = false;

/**
 * Lets the C library keep freed memory instead of giving it back to the system at once. TLS
 * allocates its records there and frees them in every round of writes: with glibc's first limit of
 * 128 kB the top of the heap was returned and asked for again each time, and zeroing its pages took
 * a third of all time (1.1 CPU-s/GB). A block above the limit that is freed raises it to twice the
 * block's size (mallopt(3), M_MMAP_THRESHOLD); other C libraries do not mind.
 */
export function keepFreedMemory(): void {
  if (isKept) return;
  isKept = true;
  new ArrayBuffer(BLOCK).transfer(0);
}
