/** A function that makes something of an object once, and gives the same each time after. */
export function onePer<K extends WeakKey, V extends object>(make: (key: K) => V): (key: K) => V {
  const known = new WeakMap<K, V>();
  return (key) => {
    let made = known.get(key);
    if (made === undefined) known.set(key, made = make(key));
    return made;
  };
}
