/** A value that is there at once, or by a promise. */
export type Later<T> = T | Promise<T>;

/**
 * Goes on with a value: at once when it is there, so that nothing else runs in between and no
 * promise is made; otherwise when it comes.
 */
export function andThen<T, U>(value: Later<T>, next: (value: T) => Later<U>): Later<U> {
  return value instanceof Promise ? value.then(next) : next(value);
}

/** Runs what may fail now, by throwing, or later, by a rejected promise. */
export function orElse<T>(
  run: () => Later<T>,
  onFailure: (error: unknown) => Later<T>,
): Later<T> {
  try {
    const value = run();
    return value instanceof Promise ? value.catch(onFailure) : value;
  } catch (error) {
    return onFailure(error);
  }
}
