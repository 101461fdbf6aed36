/**
 * A network in which the loopback address of this machine leads nowhere, as if a firewall dropped all packets, and
 * another address of this machine can be reached.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import process from "node:process";

/** A namespace of Linux. It ends with this object. */
export class NetworkNamespace implements Disposable {
  /** Address of this machine in it. */
  readonly address: string;
  readonly #name: string;

  private constructor(name: string, address: string) {
    this.#name = name;
    this.address = address;
  }

  /** Makes one, or says why that is not possible. */
  static open(): NetworkNamespace | { readonly problem: string } {
    const { pid } = process;
    // Names of interfaces have at most 15 characters; each namespace has a network of eight addresses.
    const name = `flight${pid}`;
    const base = `10.231.${(pid >> 5) & 255}.${(pid & 31) * 8}`.split(".");
    const at = (offset: number) =>
      [...base.slice(0, 3), Number(base[3]) + offset].join(".");
    const namespace = new NetworkNamespace(name, at(1));
    const commands = [
      `netns add ${name}`,
      `link add ${name} type veth peer name eth0 netns ${name}`,
      `addr add ${at(1)}/29 dev ${name}`,
      `link set ${name} up`,
      `-n ${name} link set lo up`,
      `-n ${name} addr add ${at(2)}/29 dev eth0`,
      `-n ${name} link set eth0 up`,
      // Packets to the loopback address go out, to a neighbor that is not there.
      `-n ${name} route del local 127.0.0.1 table local`,
      `-n ${name} route del local 127.0.0.0/8 table local`,
      `-n ${name} neigh add ${
        at(3)
      } lladdr 02:00:00:00:00:99 dev eth0 nud permanent`,
      `-n ${name} route add 127.0.0.0/8 via ${at(3)} dev eth0 onlink src ${
        at(2)
      }`,
    ];
    for (const command of commands) {
      const problem = ran("ip", command.split(" "));
      if (problem === undefined) continue;
      namespace[Symbol.dispose]();
      return { problem: `ip ${command}: ${problem}` };
    }
    const path = "/proc/sys/net/ipv4/conf/eth0/route_localnet";
    const [program, ...args] = namespace.command(
      "sh",
      "-c",
      `echo 1 > ${path}`,
    );
    const problem = ran(program!, args);
    if (problem === undefined) return namespace;
    namespace[Symbol.dispose]();
    return { problem };
  }

  /** The command that runs a program in it. */
  command(...program: readonly string[]): string[] {
    return ["ip", "netns", "exec", this.#name, ...program];
  }

  /** Removes it, with its interfaces. */
  [Symbol.dispose](): void {
    ran("ip", ["netns", "del", this.#name]);
  }
}

/** Runs a program, and returns why it failed. */
function ran(program: string, args: readonly string[]): string | undefined {
  const { status, stderr, error } = spawnSync(program, args, {
    encoding: "utf8",
  });
  if (error) return error.message;
  return status === 0 ? undefined : stderr.trim() || `exit code ${status}`;
}
