/** Signals that are those of another object, and are made when they are asked for. */

/** An object that has a signal, or makes one. */
export interface SignalOwner {
  /** The signal. */
  readonly signal: AbortSignal;
}

/** The owner of the signal of an object. */
const OWNER = Symbol("owner of the signal");

/** An object that shows the signal of another one. */
interface Borrower {
  readonly [OWNER]: SignalOwner;
}

/**
 * One getter for all. With a getter of its own in its literal, as in `{ get signal() {…} }`, V8 makes each object a
 * dictionary, and collections of young objects keep it and all that it refers to until the whole heap is collected.
 */
const SIGNAL: PropertyDescriptor & ThisType<Borrower> = {
  configurable: true,
  enumerable: true,
  get() {
    return this[OWNER].signal;
  },
};

/**
 * Gives an object the signal of another one, as a property of its own: copies have it too.
 *
 * @param borrower The object, which is changed.
 * @param owner The other one, which is asked whenever the signal is read.
 */
export function lendSignal<T extends object>(
  borrower: T,
  owner: SignalOwner,
): T & SignalOwner {
  Object.defineProperty(borrower, OWNER, { value: owner });
  return Object.defineProperty(borrower, "signal", SIGNAL) as T & SignalOwner;
}
