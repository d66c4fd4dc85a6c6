/** One kind of work, and who does it: the figures of the others are compared with the first one's. */
export interface Row {
  readonly title: string;
  /** What is measured; less is better. */
  readonly unit: string;
  readonly contenders: readonly Contender[];
}

export interface Contender {
  readonly name: string;
  /** Always when absent. */
  readonly isInstalled?: () => boolean;
  /** Starts it, puts it under load and stops it. */
  readonly measure: (seconds: number) => Promise<number>;
}
