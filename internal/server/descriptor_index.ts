/** Finds the `.proto` files that server reflection is asked for. */

import {
  decodeFileDescriptor,
  type FileDescriptor,
} from "../protocol/services/file_descriptor.ts";

/** Files by their names, their symbols and their extensions. */
export class DescriptorIndex {
  readonly #files = new Map<string, FileDescriptor>();
  readonly #symbols = new Map<string, FileDescriptor>();
  /** By the message that is extended, and the number. */
  readonly #extensions = new Map<string, Map<number, FileDescriptor>>();

  /**
   * Adds a file, unless there is one of its name.
   *
   * @param bytes An encoded FileDescriptorProto.
   * @throws {FlightError} INVALID_ARGUMENT, when it is malformed.
   */
  add(bytes: Uint8Array): void {
    const file = decodeFileDescriptor(bytes);
    // Services bring the files that they import, such as timestamp.proto.
    if (this.#files.has(file.name)) return;
    this.#files.set(file.name, file);
    for (const symbol of file.symbols) this.#symbols.set(symbol, file);
    for (const { extendee, number } of file.extensions) {
      const extensions = this.#extensions.get(extendee) ?? new Map();
      this.#extensions.set(extendee, extensions.set(number, file));
    }
  }

  /** The file of a name; `undefined` for none, as below. */
  named(name: string): FileDescriptor | undefined {
    return this.#files.get(name);
  }

  /** The file that declares a symbol, by its full name. */
  declaring(symbol: string): FileDescriptor | undefined {
    return this.#symbols.get(symbol);
  }

  /** The file that declares an extension of a message. */
  extending(message: string, number: number): FileDescriptor | undefined {
    return this.#extensions.get(message)?.get(number);
  }

  /** The numbers of all extensions of a message. */
  extensionNumbers(message: string): number[] {
    return [...this.#extensions.get(message)?.keys() ?? []];
  }

  /** The encoded file, and those that it imports, as far as they are known. */
  withDependencies(file: FileDescriptor): Uint8Array[] {
    const found = new Set([file]);
    // A set is iterated over what is added to it meanwhile.
    for (const { dependencies } of found) {
      for (const name of dependencies) {
        const dependency = this.#files.get(name);
        if (dependency !== undefined) found.add(dependency);
      }
    }
    return [...found].map(({ bytes }) => bytes);
  }
}
